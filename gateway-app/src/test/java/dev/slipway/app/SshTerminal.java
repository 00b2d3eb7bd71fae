package dev.slipway.app;

import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * OpenSSH's ssh, with and without input at a terminal.
 *
 * @param port the port of a gateway on the loopback address
 * @param key the key of all accounts
 */
record SshTerminal(int port, Path key) {
    private static final Duration LIMIT = Patience.LIMIT;

    /** Runs a script of expected output and typed input at a terminal, and prints everything that appeared. */
    private static final String TYPIST = """
            import os, pty, re, select, signal, struct, sys, termios, fcntl, time
            steps = eval(sys.argv[1])
            pid, terminal = pty.fork()
            if pid == 0:
                os.execvp(sys.argv[2], sys.argv[2:])
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 132, 0, 0))
            seen, position, end = '', 0, time.time() + %d
            def read():
                global seen
                if time.time() > end:
                    sys.stdout.write(seen); sys.stdout.flush(); os.kill(pid, signal.SIGKILL); sys.exit(99)
                if select.select([terminal], [], [], 0.2)[0]:
                    try:
                        data = os.read(terminal, 65536)
                    except OSError:
                        data = b''
                    seen += data.decode('utf-8', 'replace')
                    return bool(data)
                return True
            for expected, typed in steps:
                while True:
                    found = re.compile(expected, re.S).search(seen, position)
                    if found:
                        break
                    if not read():
                        sys.stdout.write(seen); sys.exit(98)
                position = found.end()
                os.write(terminal, typed.encode())
            while read():
                pass
            sys.stdout.write(seen)
            sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
            """.formatted(Patience.SECONDS);

    /** @param words the command, after options of ssh */
    ClientCommand client(String account, String... words) {
        return Clients.command("ssh", ssh(account, words).toArray(String[]::new));
    }

    /** @param steps a Python list of pairs: a pattern to wait for, and what to type then */
    ClientResult type(String steps, String account, String... words) throws InterruptedException {
        List<String> command = new ArrayList<>(List.of("-c", TYPIST, steps, "ssh"));
        command.addAll(ssh(account, words));
        return Clients.command("python3", command.toArray(String[]::new))
                .environment("TERM", "xterm-256color")
                .run(LIMIT);
    }

    private List<String> ssh(String account, String... words) {
        List<String> command = new ArrayList<>(List.of("-F", "none", "-p", String.valueOf(port), "-i", key.toString()));
        for (String option : List.of(
                "BatchMode=yes",
                "StrictHostKeyChecking=no",
                "LogLevel=ERROR",
                "UserKnownHostsFile=" + key.resolveSibling("known_hosts"))) {
            command.add("-o");
            command.add(option);
        }
        int options = 0;
        while (options < words.length && words[options].startsWith("-")) {
            options++;
        }
        List<String> all = List.of(words);
        command.addAll(all.subList(0, options));
        command.add(account + "@127.0.0.1");
        command.addAll(all.subList(options, all.size()));
        return command;
    }
}
