package dev.slipway.transfer.push;

import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Why parts of a batch were not sent, and how often. */
final class BatchCauses {
    /** How many parts are looked at; the rest of a large batch tends to fail in the same way. */
    private static final int MOST_PARTS = 1000;

    private static final int MOST_CAUSES = 3;
    private static final int LONGEST = 300;

    private BatchCauses() {}

    /** The most frequent ones first. Blocks for the database. */
    static String of(Jobs jobs, String batch) {
        Map<String, Integer> counts = new LinkedHashMap<>();
        for (Job part : jobs.list(JobFilter.in(Set.of(JobState.FAILED, JobState.CANCELLED), MOST_PARTS)
                .ofBatch(batch))) {
            counts.merge(cause(part), 1, Integer::sum);
        }
        List<Map.Entry<String, Integer>> causes = counts.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .toList();
        String shown = String.join(
                "; ",
                causes.stream()
                        .limit(MOST_CAUSES)
                        .map(cause -> cause.getKey() + " (" + cause.getValue() + ")")
                        .toList());
        return causes.size() > MOST_CAUSES ? shown + "; and " + (causes.size() - MOST_CAUSES) + " other causes" : shown;
    }

    /** The message of a part, without what differs from file to file: its paths, and its size. */
    private static String cause(Job part) {
        if (part.state() == JobState.CANCELLED) {
            return "cancelled";
        }
        String destination = part.wanted().destination();
        String path = destination.substring(destination.indexOf(':') + 1);
        String source = part.wanted().source();
        String message = part.message()
                .replace(source, "the file")
                .replace(source.replace(':', '/'), "the file")
                .replace(path, "the file")
                .replace(part.id(), "JOB")
                .replaceAll("a file of [0-9,]+ bytes", "a file");
        return message.length() <= LONGEST ? message : message.substring(0, LONGEST) + "…";
    }
}
