package dev.slipway.sftp.files;

import dev.slipway.core.vfs.FileEntry;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Files in the format of {@code ls -l}, which clients show and some parse. */
public final class Listing {
    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;
    private static final DateTimeFormatter RECENT =
            DateTimeFormatter.ofPattern("MMM ppd HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter OLD =
            DateTimeFormatter.ofPattern("MMM ppd  yyyy", Locale.ENGLISH).withZone(ZoneOffset.UTC);
    private static final long HALF_A_YEAR = 183;

    private Listing() {}

    /** The file type and permission bits that a client sees. */
    public static int mode(boolean directory, boolean writable) {
        if (directory) {
            return DIRECTORY | (writable ? 0755 : 0555);
        }
        return FILE | (writable ? 0644 : 0444);
    }

    /** A line of {@code ls -l} in UTC, with the year instead of the time for files older than half a year. */
    public static String line(String name, FileEntry entry, String owner) {
        String mode;
        if (entry.directory()) {
            mode = entry.writable() ? "drwxr-xr-x" : "dr-xr-xr-x";
        } else {
            mode = entry.writable() ? "-rw-r--r--" : "-r--r--r--";
        }
        Instant modified = entry.modified();
        Instant now = Instant.now();
        boolean recent = modified.isAfter(now.minus(HALF_A_YEAR, ChronoUnit.DAYS)) && !modified.isAfter(now);
        return String.format(
                Locale.ROOT,
                "%s %4d %-8s %-8s %8d %s %s",
                mode,
                1,
                owner,
                owner,
                entry.size(),
                (recent ? RECENT : OLD).format(modified),
                name);
    }
}
