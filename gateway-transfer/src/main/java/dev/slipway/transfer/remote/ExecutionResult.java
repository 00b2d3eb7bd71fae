package dev.slipway.transfer.remote;

/**
 * The result of a command on a remote.
 *
 * @param status its exit status; 128 and more: it was ended by a signal
 * @param output what it printed on standard output, up to the bound
 * @param errors what it printed on standard error, up to the bound
 */
public record ExecutionResult(int status, String output, String errors) {
    /** Whether its exit status is 0. */
    public boolean succeeded() {
        return status == 0;
    }
}
