package dev.slipway.ftps.format;

import dev.slipway.core.account.Account;
import dev.slipway.core.vfs.FileEntry;
import java.time.Instant;
import java.util.Set;

/**
 * How LIST, NLST and MLSD write an entry.
 *
 * <p>A name with a carriage return or a line feed cannot be written in any of them without forging other entries, and
 * no command line can contain it. Such entries are left out; other protocols show them.
 */
@FunctionalInterface
public interface ListFormat {
    /**
     * One line, without its end.
     *
     * @param name the entry's name, with the path in front of it that the client asked for
     */
    String line(FileEntry entry, String name);

    /** Whether the entry's name can be written on a line. */
    static boolean isPrintable(FileEntry entry) {
        return entry.name().indexOf('\r') < 0 && entry.name().indexOf('\n') < 0;
    }

    /** Names only. */
    static ListFormat names() {
        return (_, name) -> name;
    }

    /** Facts of RFC 3659; the name is the last segment whatever was asked for. */
    static ListFormat facts(Set<Fact> wanted) {
        return (entry, _) -> Fact.describe(entry, wanted) + entry.name();
    }

    /** What {@code ls -l} prints, which is what clients parse. */
    static ListFormat longFormat(Account account, Instant now) {
        String owner = account.name().replaceAll("\\s", "_");
        return (entry, name) -> {
            StringBuilder line = new StringBuilder(80 + name.length());
            line.append(entry.posix().line(entry.directory(), entry.writable()))
                    .append("   1 ")
                    .append(owner)
                    .append(' ')
                    .append(owner)
                    .append(' ');
            String size = Long.toString(entry.size());
            line.repeat(" ", Math.max(0, 12 - size.length())).append(size).append(' ');
            return line.append(FtpTime.formatForList(entry.modified(), now))
                    .append(' ')
                    .append(name)
                    .toString();
        };
    }
}
