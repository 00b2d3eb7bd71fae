package dev.slipway.ingest.archive;

import org.jspecify.annotations.Nullable;

/**
 * How far an extraction is: its checkpoint.
 *
 * @param last the key up to which all are done; null before the first
 * @param files how many were extracted
 * @param bytes of these
 * @param present how many were left since there is an object at their paths
 * @param failed how many could not be read
 * @param problem the first of those, in a sentence; null if there is none
 */
record ExtractionProgress(
        @Nullable String last,
        long files,
        long bytes,
        long present,
        long failed,
        @Nullable String problem) {
    static final ExtractionProgress NOTHING = new ExtractionProgress(null, 0, 0, 0, 0, null);

    ExtractionProgress upTo(String key) {
        return new ExtractionProgress(key, files, bytes, present, failed, problem);
    }

    ExtractionProgress withFile(long size) {
        return new ExtractionProgress(last, files + 1, bytes + size, present, failed, problem);
    }

    ExtractionProgress withPresent() {
        return new ExtractionProgress(last, files, bytes, present + 1, failed, problem);
    }

    ExtractionProgress withFailure(String sentence) {
        return new ExtractionProgress(last, files, bytes, present, failed + 1, problem == null ? sentence : problem);
    }

    /** To begin again with what is still archived. */
    ExtractionProgress again() {
        return new ExtractionProgress(null, files, bytes, 0, 0, null);
    }
}
