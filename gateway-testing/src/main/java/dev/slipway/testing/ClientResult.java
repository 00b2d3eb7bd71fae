package dev.slipway.testing;

/**
 * The result of a client program.
 *
 * @param command its command line
 * @param exitCode its exit code; from 128 on: the signal that killed it plus 128
 * @param stdout its standard output
 * @param stderr its standard error
 */
public record ClientResult(String command, int exitCode, String stdout, String stderr) {

    /** Fails the test, with the program's output, unless its exit code was 0. */
    public ClientResult assertSuccess() {
        if (exitCode != 0) {
            throw new AssertionError("should have succeeded: " + this);
        }
        return this;
    }

    /** Fails the test, with the program's output, if its exit code was 0. */
    public ClientResult assertFailure() {
        if (exitCode == 0) {
            throw new AssertionError("should have failed: " + this);
        }
        return this;
    }

    @Override
    public String toString() {
        return command + "\nexit code " + exitCode + "\nstdout:\n" + stdout + "\nstderr:\n" + stderr;
    }
}
