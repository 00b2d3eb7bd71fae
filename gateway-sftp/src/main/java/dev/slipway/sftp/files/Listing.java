package dev.slipway.sftp.files;

import dev.slipway.core.vfs.FileEntry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Files in the format of {@code ls -l}, which clients show and some parse. */
public final class Listing {
    private static final DateTimeFormatter RECENT =
            DateTimeFormatter.ofPattern("MMM ppd HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter OLD =
            DateTimeFormatter.ofPattern("MMM ppd  yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final long HALF_A_YEAR = 183;

    private Listing() {}

    /** A line of {@code ls -l} in UTC, with the year instead of the time for files older than half a year. */
    public static String line(String name, FileEntry entry, String owner) {
        Instant modified = entry.modified();
        Instant now = Instant.now();
        boolean recent = modified.isAfter(now.minus(HALF_A_YEAR, ChronoUnit.DAYS)) && !modified.isAfter(now);
        return String.format(
                Locale.ROOT,
                "%s %4d %-8s %-8s %8d %s %s",
                entry.posix().line(entry.directory(), entry.writable()),
                1,
                shown(entry.posix().owner(), owner),
                shown(entry.posix().group(), owner),
                entry.size(),
                (recent ? RECENT : OLD).format(modified),
                name);
    }

    private static String shown(@Nullable Long number, String account) {
        return number == null ? account : number.toString();
    }
}
