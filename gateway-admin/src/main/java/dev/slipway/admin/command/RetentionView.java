package dev.slipway.admin.command;

import dev.slipway.core.unit.Durations;
import dev.slipway.ingest.retention.RetentionHistoryEntry;
import dev.slipway.ingest.retention.RetentionReport;
import dev.slipway.ingest.retention.RetentionSettings;
import dev.slipway.ingest.retention.RetentionState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A retention task as the commands and the API show it. */
public final class RetentionView {
    private RetentionView() {}

    static String table(List<RetentionState> tasks) {
        Table table = new Table("NAME", "NEXT RUN", "SKIPPED", "OLDER THAN", "SOURCE", "TARGET");
        tasks.forEach(task -> table.add(
                task.settings().name(),
                next(task),
                Long.toString(task.skipped()),
                Durations.format(task.settings().olderThan()),
                task.source(),
                target(task)));
        return table.toString();
    }

    private static String next(RetentionState task) {
        if (task.paused()) {
            return "paused";
        }
        return task.next() == null ? "on demand" : Table.time(task.next());
    }

    private static String target(RetentionState task) {
        return Objects.requireNonNullElse(task.target(), "deleted");
    }

    static String text(RetentionState task, List<RetentionHistoryEntry> history) {
        List<String> lines = new ArrayList<>();
        RetentionSettings settings = task.settings();
        line(lines, "retention task", settings.name());
        line(lines, "source", task.source());
        line(lines, "older than", Durations.format(settings.olderThan()));
        line(lines, "target", target(task));
        if (settings.dryRun()) {
            line(lines, "dry run", "always");
        }
        line(
                lines,
                "schedule",
                settings.schedule() == null ? "on demand" : settings.schedule() + " (" + settings.timeZone() + ")");
        line(lines, "next run", next(task));
        line(lines, "skipped", Long.toString(task.skipped()));
        for (RetentionHistoryEntry run : history) {
            line(
                    lines,
                    Table.time(run.begun()),
                    "job " + run.job() + ": " + run.report().summary(settings.action(), run.dryRun()));
        }
        if (!history.isEmpty()) {
            history.getFirst().report().problems().forEach(problem -> line(lines, "", problem));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add(String.format("%-20s %s", label, PlainText.line(value)));
    }

    /** A task as JSON, as {@code openapi.json} describes it. */
    public static Map<String, @Nullable Object> json(RetentionState task) {
        RetentionSettings settings = task.settings();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", settings.name());
        json.put("source", task.source());
        json.put("include", settings.include());
        json.put("exclude", settings.exclude());
        json.put("olderThan", Durations.format(settings.olderThan()));
        json.put("action", settings.action().name().toLowerCase(Locale.ROOT));
        json.put("target", task.target());
        json.put("schedule", settings.schedule());
        json.put("timeZone", settings.timeZone());
        json.put("dryRun", settings.dryRun());
        json.put("paused", task.paused());
        json.put("next", task.next());
        json.put("skipped", task.skipped());
        json.put("lastJob", task.lastJob());
        return json;
    }

    /** Likewise a run. */
    public static Map<String, @Nullable Object> json(RetentionHistoryEntry run) {
        RetentionReport report = run.report();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("job", run.job());
        json.put("dryRun", run.dryRun());
        json.put("begun", run.begun());
        json.put("looked", report.looked());
        json.put("old", report.old());
        json.put("done", report.done());
        json.put("bytes", report.bytes());
        json.put("changed", report.changed());
        json.put("failed", report.failed());
        json.put("invalid", report.invalid());
        json.put("problems", report.problems());
        return json;
    }
}
