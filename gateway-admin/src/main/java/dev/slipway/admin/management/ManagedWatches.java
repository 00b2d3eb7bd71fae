package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.ingest.watch.FailingFile;
import dev.slipway.ingest.watch.WatchStatus;
import dev.slipway.ingest.watch.Watches;
import java.util.List;

/** The watched folders of this gateway's configuration. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedWatches {
    private final Watches watches;
    private final Principal principal;

    ManagedWatches(Watches watches, Principal principal) {
        this.watches = watches;
        this.principal = principal;
    }

    /** All of them, in the order of the configuration. */
    public List<WatchStatus> list() throws ManagementException {
        principal.require(Right.SEE);
        return watches.list();
    }

    /** One of them. */
    public WatchStatus find(String name) throws ManagementException {
        principal.require(Right.SEE);
        return watches.find(name).orElseThrow(() -> unknown(name));
    }

    /** The files of a watch whose last attempt failed, up to 1,000, the longest failing first. */
    public List<FailingFile> failing(String name) throws ManagementException {
        WatchStatus watch = find(name);
        return watches.failing(watch.name());
    }

    /** Pauses a watch, also beyond a restart, or resumes it. */
    public WatchStatus pause(String name, boolean paused) throws ManagementException {
        principal.require(Right.CONTROL_WATCHES);
        if (!watches.pause(name, paused)) {
            throw unknown(name);
        }
        return find(name);
    }

    /** Scans a folder soon, and tries again at once what has failed. */
    public WatchStatus rescan(String name) throws ManagementException {
        principal.require(Right.CONTROL_WATCHES);
        if (!watches.rescan(name)) {
            throw unknown(name);
        }
        return find(name);
    }

    private static ManagementException unknown(String name) {
        return new ManagementException(Reason.UNKNOWN_WATCH, "no such watch: " + name);
    }
}
