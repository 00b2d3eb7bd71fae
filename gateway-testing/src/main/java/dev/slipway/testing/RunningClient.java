package dev.slipway.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A running client program. Closing kills it if it is still running. */
public final class RunningClient implements AutoCloseable {
    private final Process process;
    private final String command;
    private final Path home;

    RunningClient(Process process, String command, Path home) {
        this.process = process;
        this.command = command;
        this.home = home;
    }

    /** Whether it is still running. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** Its standard output so far. */
    public String stdout() {
        return Clients.contents(home.resolve(".stdout"));
    }

    /** Its standard error so far. */
    public String stderr() {
        return Clients.contents(home.resolve(".stderr"));
    }

    /**
     * Waits for its end.
     *
     * @throws AssertionError if it takes longer; the program is then killed, and the message contains its output
     */
    public ClientResult await(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            throw new AssertionError("did not end within " + timeout + ": " + result());
        }
        return result();
    }

    /** Kills it and its child processes with SIGKILL, and waits for its end. */
    public ClientResult kill() throws InterruptedException {
        signal();
        process.waitFor();
        return result();
    }

    @Override
    public void close() {
        signal();
        Folders.delete(home);
    }

    private void signal() {
        // Children first (sftp runs ssh): they cannot be found once their parent has ended.
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private ClientResult result() {
        return new ClientResult(command, process.exitValue(), stdout(), stderr());
    }
}
