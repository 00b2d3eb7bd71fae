package dev.slipway.ingest.retention;

import java.util.ArrayList;
import java.util.List;

/**
 * What a run of a retention task has done so far.
 *
 * @param looked files that were looked at
 * @param old files that were old enough, of those that the task considers
 * @param done files that were deleted or moved, or would be by a dry run
 * @param bytes their bytes
 * @param changed old files that were left alone, since they were replaced or deleted meanwhile
 * @param failed files that could not be deleted or moved
 * @param invalid old files that were left alone, since their keys are no paths
 * @param problems the first problems, and for a dry run what it would do, each in a sentence
 */
@SuppressWarnings("exports") // its list is copied
public record RetentionReport(
        long looked, long old, long done, long bytes, long changed, long failed, long invalid, List<String> problems) {
    /** A run that has done nothing. */
    public static final RetentionReport NOTHING = new RetentionReport(0, 0, 0, 0, 0, 0, 0, List.of());

    public RetentionReport {
        problems = List.copyOf(problems);
    }

    /** The result in a sentence. */
    public String summary(RetentionSettings.Aging action, boolean isDryRun) {
        String verb = action == RetentionSettings.Aging.MOVE ? "move" : "delete";
        List<String> parts = new ArrayList<>();
        parts.add((isDryRun ? "would " + verb : verb + "d") + " " + done + (done == 1 ? " file, " : " files, ") + bytes
                + (bytes == 1 ? " byte" : " bytes") + ", of " + looked);
        add(parts, changed, "were replaced or deleted meanwhile, and left alone");
        add(parts, failed, "failed");
        add(parts, invalid, "left alone, since their keys are no paths");
        return String.join("; ", parts);
    }

    private static void add(List<String> parts, long count, String what) {
        if (count > 0) {
            parts.add(count + " " + what);
        }
    }
}
