package dev.slipway.admin.api;

import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.BatchProgress;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.NewJob;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the API shows of jobs: all but what was asked for in full, which may hold secrets. */
final class JobView {
    private JobView() {}

    static Map<String, @Nullable Object> json(Job job) {
        NewJob wanted = job.wanted();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", job.id());
        json.put("kind", wanted.kind());
        json.put("state", Input.word(job.state()));
        json.put("phase", job.phase());
        json.put("message", job.message());
        json.put("source", wanted.source());
        json.put("destination", wanted.destination());
        json.put("remote", wanted.remote());
        json.put("priority", wanted.priority());
        json.put("submitter", wanted.submitter());
        json.put("correlation", wanted.correlation());
        json.put("batch", wanted.batch());
        json.put("attempt", job.attempt());
        json.put("bytesDone", job.bytesDone());
        json.put("bytesTotal", known(job.bytesTotal()));
        json.put("filesDone", job.filesTotal() < 0 ? null : (Long) job.filesDone());
        json.put("filesTotal", known(job.filesTotal()));
        json.put("created", job.created());
        json.put("started", job.started());
        json.put("ended", job.ended());
        json.put("nextAttempt", job.nextAttempt());
        json.put("waitingSince", job.waitingSince());
        json.put("deadline", wanted.deadline());
        return json;
    }

    static Map<String, @Nullable Object> json(BatchProgress progress) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("total", progress.total());
        json.put("open", progress.open());
        json.put("succeeded", progress.succeeded());
        json.put("bytesDone", progress.bytesDone());
        return json;
    }

    static Map<String, @Nullable Object> json(Attempt attempt) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("number", attempt.number());
        json.put("gateway", attempt.gateway());
        json.put("started", attempt.started());
        json.put("ended", attempt.ended());
        json.put("message", attempt.message());
        return json;
    }

    private static @Nullable Long known(long number) {
        return number < 0 ? null : (Long) number;
    }
}
