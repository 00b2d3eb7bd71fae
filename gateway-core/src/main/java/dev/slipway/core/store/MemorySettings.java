package dev.slipway.core.store;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.DataSize;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Memory for transfers and listings: the section {@code memory} of the configuration. */
public record MemorySettings(
        @Setting("Memory for the parts of uploads, for the whole process. Uploads wait up to `memory.admissionWait`"
                + " for memory, then fail as busy. A part is at most a quarter of it, and all uploads of"
                + " one account at most nine tenths. Without it, five eighths of Java's direct memory, up"
                + " to 512MiB.")
        @Nullable
        DataSize parts,

        @Setting(
                value = "Size of the first parts of an upload; later ones are larger. From 5MiB to a quarter of"
                        + " `memory.parts`.",
                byDefault = "8MiB")
        DataSize firstPart,

        @Setting("Memory for reading ahead in downloads, for the whole process. Each download needs 1MiB, and all of"
                + " one account take at most nine tenths of it. Without it, five sixteenths of Java's"
                + " direct memory, up to 256MiB.")
        @Nullable
        DataSize downloads,

        @Setting("Memory for blocks of uploads that arrive out of order, for the whole process; some SFTP clients"
                + " send many blocks at once. An upload takes at most 4MiB of it and an account at most"
                + " half. If it is used up, the write fails as busy. At least 1MiB. Without it, a"
                + " sixteenth of Java's direct memory, up to 32MiB.")
        @Nullable
        DataSize earlyBlocks,

        @Setting("Part of the Java heap for directory entries that were fetched but not yet sent, for the whole"
                + " process. An account takes at most half of it. If it is used up, the listing fails as busy. At"
                + " least 4MiB. Without it, an eighth of the heap, up to 64MiB.")
        @Nullable
        DataSize listings,

        @Setting(value = "How long an upload waits for memory before it fails as busy.", byDefault = "30s")
        Duration admissionWait,

        @Setting(
                value = "How long an upload may wait for its client before it is interrupted and its memory is"
                        + " freed. A download that waits as long frees its memory too, and continues when"
                        + " its client does.",
                byDefault = "5m",
                shortest = "1s")
        Duration idleUpload)
        implements CheckedSettings {
    /** The minimum size of an S3 part other than the last. */
    private static final long SMALLEST_PART = 5L << 20;

    private static final long SMALLEST_DOWNLOADS = 8L << 20;
    private static final long SMALLEST_EARLY_BLOCKS = 1 << 20;
    private static final long SMALLEST_LISTINGS = 4 << 20;

    @Override
    public void check(Problems problems) {
        if (firstPart.bytes() < SMALLEST_PART) {
            problems.add("firstPart", firstPart, "must be at least " + new DataSize(SMALLEST_PART));
        } else if (parts != null && parts.bytes() / 4 < firstPart.bytes()) {
            problems.add("parts", parts, "must be at least four times memory.firstPart, " + firstPart);
        }
        checkLeast(problems, "downloads", downloads, SMALLEST_DOWNLOADS);
        checkLeast(problems, "earlyBlocks", earlyBlocks, SMALLEST_EARLY_BLOCKS);
        checkLeast(problems, "listings", listings, SMALLEST_LISTINGS);
    }

    private static void checkLeast(Problems problems, String name, @Nullable DataSize value, long least) {
        if (value != null && value.bytes() < least) {
            problems.add(name, value, "must be at least " + new DataSize(least));
        }
    }
}
