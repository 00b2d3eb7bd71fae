package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.ingest.pull.PullHistoryEntry;
import dev.slipway.ingest.pull.PullState;
import dev.slipway.ingest.pull.Pulls;
import dev.slipway.ingest.schedule.RunningTaskException;
import java.util.List;

/** Pulls: seen, run and paused. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedPulls {
    /** How many runs are listed unless more are wanted. */
    public static final int USUAL_LIMIT = 20;

    public static final int HIGHEST_LIMIT = 500;

    private final Pulls pulls;
    private final Principal principal;

    ManagedPulls(Pulls pulls, Principal principal) {
        this.pulls = pulls;
        this.principal = principal;
    }

    /** All of them, in the order of the configuration. */
    public List<PullState> list() throws ManagementException {
        principal.require(Right.SEE);
        return pulls.list();
    }

    /** One of them. */
    public PullState find(String name) throws ManagementException {
        principal.require(Right.SEE);
        return pulls.state(name)
                .orElseThrow(() -> new ManagementException(Reason.UNKNOWN_PULL, "no such pull: '" + name + "'"));
    }

    /**
     * The last runs of a pull, the newest first.
     *
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<PullHistoryEntry> history(String name, int limit) throws ManagementException {
        return pulls.history(find(name).settings().name(), limit);
    }

    /**
     * Runs a pull now.
     *
     * @return the id of its job
     */
    public String run(String name, boolean full, boolean dryRun) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        try {
            return pulls.run(find(name).settings().name(), full, dryRun, principal.name());
        } catch (RunningTaskException e) {
            throw new ManagementException(Reason.WRONG_STATE, String.valueOf(e.getMessage()));
        }
    }

    /** Pauses the schedules of a pull. */
    public PullState pause(String name) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        if (!pulls.pause(find(name).settings().name())) {
            throw new ManagementException(Reason.WRONG_STATE, "pull " + name + " is already paused");
        }
        return find(name);
    }

    /** Resumes the schedules of a pull. */
    public PullState resume(String name) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        if (!pulls.resume(find(name).settings().name())) {
            throw new ManagementException(Reason.WRONG_STATE, "pull " + name + " is not paused");
        }
        return find(name);
    }
}
