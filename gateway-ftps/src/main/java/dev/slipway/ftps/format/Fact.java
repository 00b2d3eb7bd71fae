package dev.slipway.ftps.format;

import dev.slipway.core.vfs.FileEntry;
import java.util.Set;

/** The facts of MLST and MLSD (RFC 3659 section 7.5). */
public enum Fact {
    TYPE("type") {
        @Override
        String value(FileEntry entry) {
            return entry.directory() ? "dir" : "file";
        }
    },
    SIZE("size") {
        @Override
        String value(FileEntry entry) {
            return Long.toString(entry.size());
        }
    },
    MODIFY("modify") {
        @Override
        String value(FileEntry entry) {
            return FtpTime.format(entry.modified());
        }
    },
    PERM("perm") {
        @Override
        String value(FileEntry entry) {
            if (entry.directory()) {
                return entry.writable() ? "elcmpdf" : "el";
            }
            return entry.writable() ? "rwdf" : "r";
        }
    },
    /** As ProFTPD and Pure-FTPd write it; not in the RFC. */
    UNIX_MODE("UNIX.mode") {
        @Override
        String value(FileEntry entry) {
            Integer mode = entry.posix().mode();
            return mode == null ? "" : String.format("%04o", mode);
        }
    };

    private final String label;

    Fact(String label) {
        this.label = label;
    }

    abstract String value(FileEntry entry);

    /** The fact's name as it is sent. */
    public String label() {
        return label;
    }

    /** A directory has no size, an interrupted upload has no time, and most accounts keep no modes. */
    private boolean isKnown(FileEntry entry) {
        return switch (this) {
            case SIZE -> !entry.directory();
            case MODIFY -> !entry.partial();
            case UNIX_MODE -> entry.posix().mode() != null;
            case TYPE, PERM -> true;
        };
    }

    /** The facts of an entry, followed by a space. */
    public static String describe(FileEntry entry, Set<Fact> wanted) {
        StringBuilder text = new StringBuilder();
        for (Fact fact : values()) {
            if (wanted.contains(fact) && fact.isKnown(entry)) {
                text.append(fact.label).append('=').append(fact.value(entry)).append(';');
            }
        }
        return text.append(' ').toString();
    }
}
