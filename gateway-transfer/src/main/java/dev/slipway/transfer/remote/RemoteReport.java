package dev.slipway.transfer.remote;

import java.util.List;

/**
 * What a test of a remote has found.
 *
 * @param capabilities what it can do
 * @param checks whether pushes will work there
 */
public record RemoteReport(Capabilities capabilities, List<RemoteCheck> checks) {
    public RemoteReport {
        checks = List.copyOf(checks);
    }
}
