package dev.slipway.transfer.outcome;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * The outcome of a job, or of a message that did not become one.
 *
 * @param id the id of the event: the same whenever the same end of the same job is reported
 * @param at when it ended
 * @param state how the job ended; null if it never was one
 * @param message why it failed, or its result; for people, and without secrets
 * @param bytes the bytes that have arrived
 * @param duration the time since the first attempt began
 * @param job the job's id; empty if it never was one
 * @param attempts the number of attempts
 * @param submitter who submitted it: an account, or {@code command line}, {@code amqp}
 * @param correlation the submitter's own id for it; may be empty
 * @param remote the remote to which it was sent; null if none
 * @param host the host of that remote; null if it is not known
 * @param batch the batch job that it belonged to; null if none
 */
public record Outcome(
        String id,
        Instant at,
        OutcomeType type,
        @Nullable JobState state,
        String message,
        String source,
        String destination,
        long bytes,
        Duration duration,
        String job,
        int attempts,
        String submitter,
        String correlation,
        @Nullable String remote,
        @Nullable String host,
        @Nullable String batch) {
    /** The media type of {@link #json()}. */
    public static final String MEDIA_TYPE = "application/cloudevents+json";

    /**
     * The outcome of a job.
     *
     * @param host of its remote; null if that is not known
     * @throws IllegalArgumentException if it has not ended
     */
    public static Outcome of(Job job, @Nullable String host) {
        Instant ended = job.ended();
        if (!job.state().isEnd() || ended == null) {
            throw new IllegalArgumentException("the job " + job.id() + " has not ended");
        }
        Instant started = job.started();
        return new Outcome(
                CloudEvent.id("job", job.id(), String.valueOf(ended.toEpochMilli())),
                ended,
                job.state() == JobState.SUCCEEDED ? OutcomeType.SUCCESS : OutcomeType.FAIL,
                job.state(),
                job.message(),
                job.wanted().source(),
                job.wanted().destination(),
                job.bytesDone(),
                started == null ? Duration.ZERO : Duration.between(started, ended),
                job.id(),
                job.attempt(),
                job.wanted().submitter(),
                job.wanted().correlation(),
                job.wanted().remote(),
                host,
                job.wanted().batch());
    }

    /**
     * The outcome of a message with an impossible order.
     *
     * @param message identifies the message
     * @param source what was to be sent, if known; may be empty
     * @param destination likewise
     * @param host of the destination; empty if the message names none
     */
    public static Outcome refused(
            String message,
            Instant at,
            String reason,
            String source,
            String destination,
            String host,
            String submitter,
            String correlation) {
        return new Outcome(
                CloudEvent.id("message", message),
                at,
                OutcomeType.FAIL,
                null,
                reason,
                source,
                destination,
                0,
                Duration.ZERO,
                "",
                0,
                submitter,
                correlation,
                null,
                host.isEmpty() ? null : host,
                null);
    }

    /** The event in the JSON format of CloudEvents 1.0, structured mode. */
    public String json() {
        ObjectNode event = CloudEvent.of(id, type.eventType(), at, destination);
        event.put("outcome", type.name());
        CloudEvent.putUnlessEmpty(event, "correlationid", correlation);
        ObjectNode data = event.putObject("data")
                .put("outcome", type.name())
                .put("message", message)
                .put("source", source)
                .put("destination", destination)
                .put("bytes", bytes)
                .put("durationMs", duration.toMillis())
                .put("attempts", attempts)
                .put("submitter", submitter);
        CloudEvent.putUnlessEmpty(data, "correlationId", correlation);
        CloudEvent.putUnlessEmpty(data, "jobId", job);
        CloudEvent.putUnlessEmpty(data, "state", state == null ? null : state.name());
        CloudEvent.putUnlessEmpty(data, "remote", remote);
        CloudEvent.putUnlessEmpty(data, "host", host);
        CloudEvent.putUnlessEmpty(data, "batch", batch);
        return CloudEvent.json(event);
    }
}
