package dev.slipway.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** A client program that was started. Closing kills it if it is still running. */
public final class RunningClient implements AutoCloseable {
    private final Process process;
    private final String command;
    private final Path home;

    RunningClient(Process process, String command, Path home) {
        this.process = process;
        this.command = command;
        this.home = home;
    }

    /** Whether it has not ended yet. */
    public boolean isAlive() {
        return process.isAlive();
    }

    /** What it has printed on standard output so far. */
    public String stdout() {
        return Clients.contents(home.resolve(".stdout"));
    }

    /** What it has printed on standard error so far. */
    public String stderr() {
        return Clients.contents(home.resolve(".stderr"));
    }

    /**
     * Waits for its end.
     *
     * @throws AssertionError if it takes longer; the message has what it printed, and it was killed
     */
    public ClientResult await(Duration timeout) throws InterruptedException {
        if (!process.waitFor(timeout.toMillis(), TimeUnit.MILLISECONDS)) {
            kill();
            throw new AssertionError("did not end within " + timeout + ": " + result());
        }
        return result();
    }

    /** Kills it, and what it has started, with SIGKILL, and waits until it is gone. */
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
        // The helpers first (sftp runs ssh): once their parent is gone they can no longer be found.
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
    }

    private ClientResult result() {
        return new ClientResult(command, process.exitValue(), stdout(), stderr());
    }
}
