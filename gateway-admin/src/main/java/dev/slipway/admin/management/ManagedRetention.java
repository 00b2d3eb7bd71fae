package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.ingest.retention.RetentionHistoryEntry;
import dev.slipway.ingest.retention.RetentionState;
import dev.slipway.ingest.retention.RetentionTasks;
import dev.slipway.ingest.schedule.RunningTaskException;
import java.util.List;

/** Retention tasks: seen, run and paused. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedRetention {
    /** How many runs are listed unless more are wanted. */
    public static final int USUAL_LIMIT = 20;

    public static final int HIGHEST_LIMIT = 500;

    private final RetentionTasks tasks;
    private final Principal principal;

    ManagedRetention(RetentionTasks tasks, Principal principal) {
        this.tasks = tasks;
        this.principal = principal;
    }

    /** All of them, in the order of the configuration. */
    public List<RetentionState> list() throws ManagementException {
        principal.require(Right.SEE);
        return tasks.list();
    }

    /** One of them. */
    public RetentionState find(String name) throws ManagementException {
        principal.require(Right.SEE);
        return tasks.state(name)
                .orElseThrow(() ->
                        new ManagementException(Reason.UNKNOWN_RETENTION, "no such retention task: '" + name + "'"));
    }

    /**
     * The last runs of a task, the newest first.
     *
     * @param limit the most, 1 to {@value #HIGHEST_LIMIT}
     */
    public List<RetentionHistoryEntry> history(String name, int limit) throws ManagementException {
        return tasks.history(find(name).settings().name(), limit);
    }

    /**
     * Runs a task now.
     *
     * @return the id of its job
     */
    public String run(String name, boolean dryRun) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        try {
            return tasks.run(find(name).settings().name(), dryRun, principal.name());
        } catch (RunningTaskException e) {
            throw new ManagementException(Reason.WRONG_STATE, String.valueOf(e.getMessage()));
        }
    }

    /** Pauses the schedule of a task. */
    public RetentionState pause(String name) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        if (!tasks.pause(find(name).settings().name())) {
            throw new ManagementException(Reason.WRONG_STATE, "retention task " + name + " is already paused");
        }
        return find(name);
    }

    /** Resumes the schedule of a task. */
    public RetentionState resume(String name) throws ManagementException {
        principal.require(Right.CONTROL_JOBS);
        if (!tasks.resume(find(name).settings().name())) {
            throw new ManagementException(Reason.WRONG_STATE, "retention task " + name + " is not paused");
        }
        return find(name);
    }
}
