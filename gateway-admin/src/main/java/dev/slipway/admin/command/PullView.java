package dev.slipway.admin.command;

import dev.slipway.ingest.pull.PullHistoryEntry;
import dev.slipway.ingest.pull.PullReport;
import dev.slipway.ingest.pull.PullSettings;
import dev.slipway.ingest.pull.PullState;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A pull as the commands and the API show it. */
public final class PullView {
    private PullView() {}

    static String table(List<PullState> pulls) {
        Table table = new Table("NAME", "NEXT RUN", "SKIPPED", "SOURCE", "TARGET");
        pulls.forEach(pull -> table.add(
                pull.settings().name(),
                next(pull),
                Long.toString(pull.skipped()),
                source(pull.settings()),
                pull.target()));
        return table.toString();
    }

    private static String next(PullState pull) {
        return pull.paused() ? "paused" : pull.next().map(Table::time).orElse("on demand");
    }

    private static String source(PullSettings pull) {
        return pull.remote() + ":" + pull.folder();
    }

    static String text(PullState pull, List<PullHistoryEntry> history) {
        List<String> lines = new ArrayList<>();
        PullSettings settings = pull.settings();
        line(lines, "pull", settings.name());
        line(lines, "source", source(settings));
        line(lines, "target", pull.target());
        line(lines, "incremental", schedule(settings.incremental(), settings));
        line(lines, "full", schedule(settings.full(), settings));
        line(lines, "next run", next(pull));
        line(lines, "skipped", Long.toString(pull.skipped()));
        for (PullHistoryEntry run : history) {
            line(
                    lines,
                    Table.time(run.begun()),
                    (run.full() ? "full" : "incremental") + ", job " + run.job() + ": "
                            + run.report().summary(run.dryRun()));
        }
        if (!history.isEmpty()) {
            history.getFirst().report().problems().forEach(problem -> line(lines, "", problem));
        }
        return String.join(System.lineSeparator(), lines);
    }

    private static String schedule(@Nullable String expression, PullSettings settings) {
        return expression == null ? "on demand" : expression + " (" + settings.timeZone() + ")";
    }

    private static void line(List<String> lines, String label, String value) {
        lines.add(String.format("%-20s %s", label, PlainText.line(value)));
    }

    /** A pull as JSON, as {@code openapi.json} describes it. */
    public static Map<String, @Nullable Object> json(PullState pull) {
        PullSettings settings = pull.settings();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", settings.name());
        json.put("remote", settings.remote());
        json.put("folder", settings.folder());
        json.put("targetAccount", settings.target().account());
        json.put("targetFolder", settings.target().folder());
        json.put("targetBucket", settings.target().bucket());
        json.put("targetPrefix", settings.target().prefix());
        json.put("key", settings.target().key());
        json.put("incremental", settings.incremental());
        json.put("full", settings.full());
        json.put("timeZone", settings.timeZone());
        json.put("paused", pull.paused());
        json.put("nextIncremental", pull.nextIncremental());
        json.put("nextFull", pull.nextFull());
        json.put("skipped", pull.skipped());
        json.put("lastJob", pull.lastJob());
        return json;
    }

    /** Likewise a run. */
    public static Map<String, @Nullable Object> json(PullHistoryEntry run) {
        PullReport report = run.report();
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("job", run.job());
        json.put("full", run.full());
        json.put("dryRun", run.dryRun());
        json.put("begun", run.begun());
        json.put("found", report.found());
        json.put("stored", report.stored());
        json.put("bytes", report.bytes());
        json.put("unchanged", report.unchanged());
        json.put("waiting", report.waiting());
        json.put("failed", report.failed());
        json.put("invalid", report.invalid());
        json.put("leftOut", report.leftOut());
        json.put("vanished", report.vanished());
        json.put("problems", report.problems());
        return json;
    }
}
