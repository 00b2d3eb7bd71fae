package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A job as shown by the commands and the API: everything except the full request, which may contain secrets. */
public final class JobView {
    private static final int LONGEST_NOTE = 100;
    private static final int ABBREVIATION = 8;

    private JobView() {}

    /** @param abbreviated whether generated ids are cut to as much as tells them apart */
    static Table table(List<Job> jobs, boolean abbreviated) {
        Table table = new Table("ID", "CREATED", "STATE", "DONE", "BY", "SOURCE", "DESTINATION", "NOTE")
                .whole("ID", "CREATED", "STATE", "DONE")
                .dispensable("BY", "CREATED", "DONE");
        int length = abbreviated ? abbreviation(jobs) : Integer.MAX_VALUE;
        jobs.forEach(job -> table.add(
                ManagedJobs.isGenerated(job.id()) && length < job.id().length()
                        ? job.id().substring(0, length)
                        : job.id(),
                Table.time(job.created()),
                JsonWords.of(job.state()),
                done(job),
                job.wanted().submitter(),
                job.wanted().source(),
                job.wanted().destination(),
                note(job)));
        return table;
    }

    /** How many characters tell the generated ids of these jobs apart, at least eight. */
    private static int abbreviation(List<Job> jobs) {
        List<String> ids = jobs.stream()
                .map(Job::id)
                .filter(ManagedJobs::isGenerated)
                .sorted()
                .toList();
        int length = ABBREVIATION;
        for (int i = 1; i < ids.size(); i++) {
            String before = ids.get(i - 1);
            String id = ids.get(i);
            int same = 0;
            while (same < Math.min(before.length(), id.length()) && before.charAt(same) == id.charAt(same)) {
                same++;
            }
            length = Math.max(length, same + 1);
        }
        return length;
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

    static String text(Job job, List<Attempt> attempts, Instant now) {
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
        if (!attempts.isEmpty()) {
            // The last one may not have come that far.
            attempts.reversed().stream()
                    .filter(attempt -> !attempt.mode().isEmpty())
                    .findFirst()
                    .ifPresent(attempt -> line(lines, "mode", mode(attempt)));
            if (job.state() == JobState.RUNNING) {
                rate(attempts.getLast(), now)
                        .ifPresent(rate -> line(lines, "rate", rate + " since this attempt began"));
            }
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
        attempts.forEach(attempt -> line(lines, "attempt " + attempt.number(), text(attempt)));
        return String.join(System.lineSeparator(), lines);
    }

    private static String text(Attempt attempt) {
        StringBuilder text = new StringBuilder(Table.time(attempt.started()) + " to " + Table.time(attempt.ended()));
        if (!attempt.mode().isEmpty()) {
            text.append(", ").append(mode(attempt));
        }
        if (attempt.bytes() > 0) {
            text.append(", ").append(JobWatch.size(attempt.bytes()));
        }
        if (attempt.ended() != null) {
            rate(attempt, attempt.ended()).ifPresent(rate -> text.append(", ").append(rate));
        }
        return attempt.message().isEmpty()
                ? text.toString()
                : text.append(": ").append(attempt.message()).toString();
    }

    private static String mode(Attempt attempt) {
        return attempt.mode() + " in " + attempt.parts() + (attempt.parts() == 1 ? " part" : " parts");
    }

    /** The average of an attempt; shorter than a second, it says nothing. */
    private static Optional<String> rate(Attempt attempt, Instant until) {
        Duration time = Duration.between(attempt.started(), until);
        return attempt.bytes() == 0 || time.compareTo(Duration.ofSeconds(1)) < 0
                ? Optional.empty()
                : Optional.of(JobWatch.size((long) (attempt.bytes() * 1000.0 / time.toMillis())) + "/s");
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
        json.put("mode", attempt.mode().isEmpty() ? null : attempt.mode());
        json.put("parts", attempt.mode().isEmpty() ? null : (Integer) attempt.parts());
        json.put("bytes", attempt.bytes());
        json.put("message", attempt.message());
        return json;
    }
}
