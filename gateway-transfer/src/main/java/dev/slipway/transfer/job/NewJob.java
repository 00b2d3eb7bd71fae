package dev.slipway.transfer.job;

import java.time.Instant;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An order for a job.
 *
 * @param id the job's id; submitting the same id twice creates one job. Null for a new random id
 * @param kind its {@link JobKind#name}
 * @param request the request for the kind; secrets in it are encrypted
 * @param remote the remote server that it works with, for people, and for {@link JobRun#reserve}; null if there is none
 * @param source what is sent, for people
 * @param destination where to, for people
 * @param priority those with a higher one come first; -100 to 100, usually 0
 * @param deadline when to give up; null to never do
 * @param submitter who ordered it: an account, or {@code command line}, {@code amqp}
 * @param correlation the submitter's own id for it; may be empty
 * @param batch the id of the job that this is a part of; null if it stands alone
 * @param resources what it takes while it runs: it does not start while one of them is at its limit
 * @param retries how it is retried after failures
 */
public record NewJob(
        @Nullable String id,
        String kind,
        String request,
        @Nullable String remote,
        String source,
        String destination,
        int priority,
        @Nullable Instant deadline,
        String submitter,
        String correlation,
        @Nullable String batch,
        Set<Resource> resources,
        Retries retries) {
    public NewJob {
        resources = Set.copyOf(resources);
    }

    /** A job that takes its remote, if it has one, and no other resource. */
    public NewJob(
            @Nullable String id,
            String kind,
            String request,
            @Nullable String remote,
            String source,
            String destination,
            int priority,
            @Nullable Instant deadline,
            String submitter,
            String correlation,
            @Nullable String batch) {
        this(
                id,
                kind,
                request,
                remote,
                source,
                destination,
                priority,
                deadline,
                submitter,
                correlation,
                batch,
                remote == null || remote.isEmpty() ? Set.of() : Set.of(Resource.remote(remote)),
                Retries.USUAL);
    }

    /** The same order for a job that takes other resources. */
    public NewJob taking(Set<Resource> taken) {
        return new NewJob(
                id,
                kind,
                request,
                remote,
                source,
                destination,
                priority,
                deadline,
                submitter,
                correlation,
                batch,
                taken,
                retries);
    }

    /** The same order for a job that is retried in another way. */
    public NewJob retrying(Retries how) {
        return new NewJob(
                id,
                kind,
                request,
                remote,
                source,
                destination,
                priority,
                deadline,
                submitter,
                correlation,
                batch,
                resources,
                how);
    }
}
