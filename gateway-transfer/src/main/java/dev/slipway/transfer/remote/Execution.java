package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.apache.sshd.client.channel.ChannelExec;
import org.apache.sshd.client.session.ClientSession;

/**
 * A command that runs on a remote. Closing it ends the command, and whatever it has started, if it has not ended yet; so does
 * the end of the connection. Its output stands between two marks, so that what else the server prints is left out: the user's
 * own shell may read a file that prints something, and the server may run a program around it.
 */
public final class Execution implements ChannelOpener.OnChannel, AutoCloseable {
    private final RemoteLink link;
    private final String remote;
    private final ClientSession session;
    private final ChannelExec channel;
    private final Duration idle;
    private final Bounded output;
    private final Bounded errors;
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean closed;
    private volatile long lastSign = System.nanoTime();

    private Execution(
            RemoteLink link, ChannelExec channel, Marks marks, Duration idle, int bound, Predicate<String> errorLines) {
        this.link = link;
        this.remote = link.name();
        this.session = link.session();
        this.channel = channel;
        this.idle = idle;
        this.output = new Bounded(marks, bound, _ -> true);
        this.errors = new Bounded(marks, bound, errorLines);
    }

    /**
     * The command is sent through standard input: so a POSIX shell reads it, whatever the user's own shell is, and it
     * appears in no process list. It is followed by the command's own input, of known length. After that, standard
     * input stays open for as long as the command is to run. SSH has a signal request for this, which OpenSSH does not
     * pass on to all processes.
     */
    static Execution start(
            RemoteLink link, String command, byte[] input, Duration idle, int bound, Predicate<String> errorLines)
            throws IOException {
        ClientSession session = link.session();
        link.at("before a command");
        Marks marks = Marks.create();
        byte[] script = script(command, marks, input.length).getBytes(StandardCharsets.UTF_8);
        ChannelExec channel =
                session.createExecChannel("exec sh -c 'eval \"$(dd bs=1 count=" + script.length + " 2>/dev/null)\"'");
        Execution execution = new Execution(link, channel, marks, idle, bound, errorLines);
        channel.setOut(execution.output);
        channel.setErr(execution.errors);
        channel.addCloseFutureListener(_ -> execution.ended.countDown());
        boolean started = false;
        try {
            channel.open().verify(link.timeouts().answer());
            link.at("before a command's input");
            try {
                OutputStream standardInput = channel.getInvertedIn();
                standardInput.write(script);
                standardInput.write(input);
                standardInput.flush();
            } catch (IOException e) {
                if (!session.isOpen()) {
                    throw e;
                }
                // Whatever has ended without reading it was no shell: await tells how it ended.
            }
            link.at("after a command's input");
            started = true;
            return execution;
        } finally {
            if (!started) {
                channel.close(false);
            }
        }
    }

    /** The process group is the command's own: servers start each command in its own session. */
    private static String script(String command, Marks marks, int inputLength) {
        return "exec 3<&0\n{ dd bs=1 count=" + inputLength
                + " 2>/dev/null; exec >&-; { cat; kill -s TERM -- -$$; } <&3 >/dev/null 2>&1 & } <&3 | {\n"
                + marks.print(marks.begin())
                + command
                + "\n} 3<&-\nset -- $?\n"
                + marks.print(marks.end())
                + "exit $1\n";
    }

    /**
     * Waits for the command's end.
     *
     * @throws RemoteException TIMEOUT: it has printed nothing for as long as it may be silent; it was ended. UNREACHABLE: the
     *     connection is lost, and the command with it. UNSUPPORTED: the remote does not run commands
     */
    public ExecutionResult await() throws RemoteException {
        try {
            while (!ended.await(waitNanos(), TimeUnit.NANOSECONDS)) {
                if (!idle.isZero() && System.nanoTime() - lastSign > idle.toNanos()) {
                    close();
                    throw new RemoteException(
                            RemoteFailure.TIMEOUT,
                            remote + ": a command produced no output for " + idle.toSeconds() + " s and was ended");
                }
            }
        } catch (InterruptedException e) {
            close();
            Thread.currentThread().interrupt();
            throw RemoteFailures.of(remote, "wait for a command", session, (IOException)
                    new InterruptedIOException("interrupted").initCause(e));
        }
        try {
            link.at("after a command");
        } catch (IOException e) {
            throw link.failure("wait for a command", e);
        }
        if (closed) {
            throw new RemoteException(RemoteFailure.FAILED, remote + ": a command was terminated early");
        }
        if (output.isForeign() && errors.isForeign() && session.isOpen()) {
            String said = (output.text() + errors.text()).strip();
            throw new RemoteException(
                    RemoteFailure.FAILED,
                    remote + ": a command did not begin; the shell must be a POSIX shell, and able to start processes"
                            + (said.isEmpty()
                                    ? ""
                                    : ": " + said.lines().findFirst().orElse("")));
        }
        Integer status = channel.getExitStatus();
        if (status != null) {
            return new ExecutionResult(status, output.text(), errors.text());
        }
        if (channel.getExitSignal() != null) {
            return new ExecutionResult(
                    128, output.text(), errors.text() + "\nended by signal " + channel.getExitSignal());
        }
        if (!session.isOpen()) {
            throw new RemoteException(
                    RemoteFailure.UNREACHABLE, remote + ": the connection was lost while a command ran");
        }
        throw new RemoteException(RemoteFailure.UNSUPPORTED, remote + ": it does not run commands");
    }

    private long waitNanos() {
        return idle.isZero()
                ? TimeUnit.MINUTES.toNanos(1)
                : Math.max(TimeUnit.MILLISECONDS.toNanos(1), idle.toNanos() - (System.nanoTime() - lastSign));
    }

    @Override
    public void whenClosed(Runnable action) {
        channel.addCloseFutureListener(_ -> action.run());
    }

    /** Its standard output so far, up to the bound. */
    public String output() {
        return output.text();
    }

    @Override
    public void close() {
        if (ended.getCount() > 0) {
            closed = true;
            // Tells the remote, as opposed to an immediate close.
            channel.close(false);
        }
    }

    /**
     * The marks around the output of a command.
     *
     * @param begin printed before it, as a line
     * @param end printed after it, unless the command has replaced the shell
     */
    private record Marks(String begin, String end) {
        static Marks create() {
            String random = Long.toUnsignedString(ThreadLocalRandom.current().nextLong(), 36);
            return new Marks("slipway-" + random + "-begin", "slipway-" + random + "-end");
        }

        /** Prints a mark on both outputs. */
        String print(String mark) {
            return "printf '%s\\n' " + mark + "; printf '%s\\n' " + mark + " >&2\n";
        }
    }

    /** Keeps what is printed first between the marks, and throws away what is too much. */
    private final class Bounded extends OutputStream {
        private final byte[] begin;
        private final String end;
        private final int bound;

        /** Told of each line; says whether it is kept. */
        private final Predicate<String> lines;

        @GuardedBy("this")
        private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

        @GuardedBy("this")
        private final ByteArrayOutputStream line = new ByteArrayOutputStream();

        /** How many bytes of the mark have been seen last; all of them from the beginning of the command on. */
        @GuardedBy("this")
        private int matched;

        Bounded(Marks marks, int bound, Predicate<String> lines) {
            this.begin = (marks.begin() + "\n").getBytes(StandardCharsets.US_ASCII);
            this.end = marks.end();
            this.bound = bound;
            this.lines = lines;
        }

        @Override
        public void write(int b) {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            lastSign = System.nanoTime();
            int from = offset;
            while (from < offset + length && matched < begin.length) {
                byte next = bytes[from++];
                // The mark's first letter is not in the rest of its beginning: there is nothing to go back to.
                matched = next == begin[matched] ? matched + 1 : next == begin[0] ? 1 : 0;
                if (matched == begin.length) {
                    kept.reset();
                } else if (kept.size() < bound) {
                    kept.write(next);
                }
            }
            if (matched == begin.length) {
                keep(bytes, from, offset + length);
            }
        }

        @GuardedBy("this")
        private void keep(byte[] bytes, int from, int to) {
            for (int i = from; i < to; i++) {
                if (bytes[i] != '\n') {
                    if (line.size() < bound) {
                        line.write(bytes[i]);
                    }
                    continue;
                }
                if (lines.test(line.toString(StandardCharsets.UTF_8))) {
                    line.write('\n');
                    kept.write(line.toByteArray(), 0, Math.min(line.size(), bound - kept.size()));
                }
                line.reset();
            }
        }

        /** Whether the command has not begun: what was printed comes from something else. */
        synchronized boolean isForeign() {
            return matched < begin.length;
        }

        /** The output of the command, or whatever was printed instead of it. */
        synchronized String text() {
            ByteArrayOutputStream all = new ByteArrayOutputStream();
            all.writeBytes(kept.toByteArray());
            all.write(line.toByteArray(), 0, Math.min(line.size(), bound - kept.size()));
            String text = all.toString(StandardCharsets.UTF_8);
            int cut = matched < begin.length ? -1 : text.lastIndexOf(end);
            return cut < 0 ? text : text.substring(0, cut);
        }
    }
}
