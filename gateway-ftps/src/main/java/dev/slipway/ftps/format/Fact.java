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

    /** A directory has no size, and an interrupted upload has no time. */
    private boolean isKnown(FileEntry entry) {
        return this == SIZE ? !entry.directory() : this != MODIFY || !entry.partial();
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
