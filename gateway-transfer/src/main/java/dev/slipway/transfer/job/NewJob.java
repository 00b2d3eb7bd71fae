package dev.slipway.transfer.job;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A job that somebody wants done.
 *
 * @param id what the job will be called; a second one with the same id is the first one. Null for a new random id
 * @param kind the {@link JobKind#name} of what does it
 * @param request what is to be done, for the kind to read; secrets in it are encrypted
 * @param remote the remote server that it is about, whose limits it counts for; null if there is none
 * @param source what is sent, for people
 * @param destination where to, for people
 * @param priority those with a higher one come first; -100 to 100, usually 0
 * @param deadline when to give up; null to never do
 * @param submitter who wants it: an account, or {@code command line}, {@code amqp}
 * @param correlation what the submitter knows it by; empty if there is nothing
 * @param batch the id of the job that this is a part of; null if it stands alone
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
        @Nullable String batch) {}
