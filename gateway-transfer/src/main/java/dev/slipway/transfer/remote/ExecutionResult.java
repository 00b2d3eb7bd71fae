package dev.slipway.transfer.remote;

/**
 * The result of a command on a remote.
 *
 * @param status its exit status; from 128 on: a signal ended it
 * @param output its standard output, up to the bound
 * @param errors its standard error, up to the bound
 */
public record ExecutionResult(int status, String output, String errors) {
    /** Whether its exit status is 0. */
    public boolean succeeded() {
        return status == 0;
    }
}
