package dev.slipway.admin.command;

import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A job as shown by the commands and the API: everything except the full request, which may contain secrets. */
public final class JobView {
    private static final int LONGEST_NOTE = 100;

    private JobView() {}

    static String table(List<Job> jobs) {
        Table table = new Table("ID", "CREATED", "STATE", "DONE", "BY", "SOURCE", "DESTINATION", "NOTE");
        jobs.forEach(job -> table.add(
                job.id(),
                Table.time(job.created()),
                JsonWords.of(job.state()),
                done(job),
                job.wanted().submitter(),
                job.wanted().source(),
                job.wanted().destination(),
                note(job)));
        return table.toString();
    }

    /** Why a job does not run now. */
    private static String note(Job job) {
        String note = switch (job.state()) {
            case RETRYING ->
                "attempt " + job.attempt() + " failed, next at " + Table.time(job.nextAttempt()) + ": " + job.message();
            case WAITING_FOR_SPACE, FAILED -> job.message();
            case QUEUED, RUNNING, PAUSED, SUCCEEDED, CANCELLED -> "";
        };
        return note.length() <= LONGEST_NOTE ? note : note.substring(0, LONGEST_NOTE) + "…";
    }

    private static String done(Job job) {
        if (job.state() == JobState.SUCCEEDED) {
            return "100%";
        }
        return job.bytesTotal() <= 0 ? "-" : Math.min(99, job.bytesDone() * 100 / job.bytesTotal()) + "%";
    }

    static String text(Job job, List<Attempt> attempts) {
        List<String> lines = new ArrayList<>();
        line(lines, "job", job.id());
        line(lines, "kind", job.wanted().kind());
        line(lines, "source", job.wanted().source());
        line(lines, "destination", job.wanted().destination());
        line(lines, "state", JsonWords.of(job.state()) + (job.phase().isEmpty() ? "" : ", " + job.phase()));
        if (!job.message().isEmpty()) {
            line(lines, "message", job.message());
        }
        line(lines, "bytes", job.bytesDone() + (job.bytesTotal() < 0 ? "" : " of " + job.bytesTotal()));
        if (job.filesTotal() >= 0) {
            line(lines, "files", job.filesDone() + " of " + job.filesTotal());
        }
        line(lines, "by", job.wanted().submitter());
        line(lines, "priority", Integer.toString(job.wanted().priority()));
        line(lines, "created", Table.time(job.created()));
        line(lines, "started", Table.time(job.started()));
        line(lines, "ended", Table.time(job.ended()));
        if (job.wanted().deadline() != null) {
            line(lines, "deadline", Table.time(job.wanted().deadline()));
        }
        if (job.nextAttempt() != null) {
            line(lines, "next attempt", Table.time(job.nextAttempt()));
        }
        if (job.waitingSince() != null) {
            line(lines, "no space since", Table.time(job.waitingSince()));
        }
        if (job.wanted().batch() != null) {
            line(lines, "batch", job.wanted().batch());
        }
        attempts.forEach(attempt -> line(
                lines,
                "attempt " + attempt.number(),
                Table.time(attempt.started()) + " to " + Table.time(attempt.ended()) + " " + attempt.message()));
        return String.join(System.lineSeparator(), lines);
    }

    private static void line(List<String> lines, String label, @Nullable String value) {
        lines.add(String.format("%-14s %s", label, PlainText.line(String.valueOf(value))));
    }

    /** A job as JSON, as {@code openapi.json} describes it. */
    public static Map<String, @Nullable Object> json(Job job) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("id", job.id());
        json.put("kind", job.wanted().kind());
        json.put("state", JsonWords.of(job.state()));
        json.put("phase", job.phase());
        json.put("message", job.message());
        json.put("source", job.wanted().source());
        json.put("destination", job.wanted().destination());
        json.put("remote", job.wanted().remote());
        json.put("bytesDone", job.bytesDone());
        json.put("bytesTotal", job.bytesTotal() < 0 ? null : (Long) job.bytesTotal());
        json.put("filesDone", job.filesTotal() < 0 ? null : (Long) job.filesDone());
        json.put("filesTotal", job.filesTotal() < 0 ? null : (Long) job.filesTotal());
        json.put("attempt", job.attempt());
        json.put("submitter", job.wanted().submitter());
        json.put("priority", job.wanted().priority());
        json.put("correlation", job.wanted().correlation());
        json.put("batch", job.wanted().batch());
        json.put("created", job.created());
        json.put("started", job.started());
        json.put("ended", job.ended());
        json.put("deadline", job.wanted().deadline());
        json.put("nextAttempt", job.nextAttempt());
        json.put("waitingSince", job.waitingSince());
        return json;
    }

    /** Likewise an attempt. */
    public static Map<String, @Nullable Object> json(Attempt attempt) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("number", attempt.number());
        json.put("gateway", attempt.gateway());
        json.put("started", attempt.started());
        json.put("ended", attempt.ended());
        json.put("message", attempt.message());
        return json;
    }
}
