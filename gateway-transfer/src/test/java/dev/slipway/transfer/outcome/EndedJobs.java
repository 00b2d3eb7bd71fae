package dev.slipway.transfer.outcome;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.NewJob;
import java.time.Instant;

/** Jobs that have ended, as an engine reports them. */
public final class EndedJobs {
    private static final Instant CREATED = Instant.parse("2026-11-21T06:00:00Z");

    private EndedJobs() {}

    /** A push of ten bytes that took a second and a half. */
    public static Job ended(String id, JobState state, String message) {
        return new Job(
                new NewJob(
                        id,
                        "push",
                        "{\"password\":\"hunter2\"}",
                        "vault",
                        "media:reel.mxf",
                        "vault:/in/reel.mxf",
                        0,
                        null,
                        "amqp",
                        "order 7",
                        null),
                state,
                "done",
                2,
                10,
                10,
                1,
                1,
                message,
                CREATED,
                CREATED.plusMillis(500),
                CREATED.plusMillis(2000),
                null,
                null);
    }
}
