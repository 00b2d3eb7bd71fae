package dev.slipway.core;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A file's mode, owner and group, as clients set them and see them. They do not decide who may do what: that is the
 * account's permissions.
 *
 * @param mode the permission bits with set-uid, set-gid and sticky, 0 to 07777; null if none was set
 * @param owner the number of a user, 0 to 2^32 - 1; null if none was set
 * @param group the number of a group, likewise
 */
public record PosixAttributes(
        @Nullable Integer mode,
        @Nullable Long owner,
        @Nullable Long group) {
    /** None was set. */
    public static final PosixAttributes NONE = new PosixAttributes(null, null, null);

    private static final int MODE_BITS = 07777;
    private static final int DIRECTORY = 0040000;
    private static final int FILE = 0100000;
    private static final String LETTERS = "rwxrwxrwx";

    public PosixAttributes {
        if (mode != null && (mode & ~MODE_BITS) != 0) {
            throw new IllegalArgumentException("a mode with other bits than 07777: " + Integer.toOctalString(mode));
        }
    }

    /**
     * With a mode only.
     *
     * @param mode bits beyond 07777 do not count
     */
    public static PosixAttributes ofMode(int mode) {
        return new PosixAttributes(mode & MODE_BITS, null, null);
    }

    /** The same, with an owner and a group. */
    public PosixAttributes withOwner(long user, long ofGroup) {
        return new PosixAttributes(mode, user, ofGroup);
    }

    public boolean isEmpty() {
        return mode == null && owner == null && group == null;
    }

    /** These, and of others what is not set here. */
    public PosixAttributes orElse(PosixAttributes others) {
        return new PosixAttributes(
                mode == null ? others.mode : mode,
                owner == null ? others.owner : owner,
                group == null ? others.group : group);
    }

    /**
     * The file type and the permission bits, as {@code stat} has them.
     *
     * @param writable what to show if no mode was set
     */
    public int typeAndMode(boolean directory, boolean writable) {
        if (directory) {
            return DIRECTORY | (mode != null ? mode : writable ? 0755 : 0555);
        }
        return FILE | (mode != null ? mode : writable ? 0644 : 0444);
    }

    /** As {@code ls -l} writes it: {@code -rw-r--r--}. */
    public String line(boolean directory, boolean writable) {
        int bits = typeAndMode(directory, writable);
        StringBuilder line = new StringBuilder(directory ? "d" : "-");
        for (int i = 0; i < LETTERS.length(); i++) {
            line.append((bits & (0400 >> i)) == 0 ? '-' : LETTERS.charAt(i));
        }
        special(line, 3, (bits & 04000) != 0, 's');
        special(line, 6, (bits & 02000) != 0, 's');
        special(line, 9, (bits & 01000) != 0, 't');
        return line.toString();
    }

    private static void special(StringBuilder line, int at, boolean set, char letter) {
        if (set) {
            boolean executable = line.charAt(at) == 'x';
            String shown = String.valueOf(letter);
            line.setCharAt(at, (executable ? shown : shown.toUpperCase(Locale.ROOT)).charAt(0));
        }
    }
}
