package dev.slipway.testing;

/**
 * How a client program ended.
 *
 * @param command its command line
 * @param exitCode its exit code; 128 and more: it was killed by the signal of that number minus 128
 * @param stdout what it printed on standard output
 * @param stderr what it printed on standard error
 */
public record ClientResult(String command, int exitCode, String stdout, String stderr) {

    /** Fails the test, with all that the program printed, if it did not end with exit code 0. */
    public ClientResult assertSuccess() {
        if (exitCode != 0) {
            throw new AssertionError("should have succeeded: " + this);
        }
        return this;
    }

    /** Fails the test, with all that the program printed, if it ended with exit code 0. */
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
