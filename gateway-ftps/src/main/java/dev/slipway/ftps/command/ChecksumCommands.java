package dev.slipway.ftps.command;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.ftps.control.CommandState;
import dev.slipway.ftps.control.Session;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Checksums of files: HASH and RANG (draft-bryan-ftpext-hash, draft-bryan-ftp-range), MD5 (draft-twine-ftpmd5), and the
 * older XCRC, XMD5, XSHA1, XSHA256, XSHA512. ABOR ends a computation.
 */
final class ChecksumCommands {
    /** A quoted path, optionally with the first byte and the one after the last. */
    private static final Pattern QUOTED = Pattern.compile("\"((?:[^\"]|\"\")+)\"(?: +(\\d{1,18})(?: +(\\d{1,18}))?)?");

    private static final Pattern RANGE = Pattern.compile("(\\d{1,18}) +(\\d{1,18})");

    private ChecksumCommands() {}

    static void addTo(CommandTable table) {
        table.accountWithArgument("HASH", ChecksumCommands::hash);
        table.accountWithArgument("RANG", ChecksumCommands::range);
        table.accountWithArgument("MD5", ChecksumCommands::md5);
        for (DigestAlgorithm algorithm : DigestAlgorithm.values()) {
            String name = algorithm == DigestAlgorithm.CRC32 ? "XCRC" : "X" + algorithm;
            table.accountWithArgument(name, (session, argument) -> older(session, algorithm, argument));
        }
    }

    /** The line in FEAT; the selected algorithm has an asterisk. */
    static String feature(DigestAlgorithm chosen) {
        return " HASH "
                + Arrays.stream(DigestAlgorithm.values())
                        .map(algorithm -> label(algorithm) + (algorithm == chosen ? "*" : ""))
                        .collect(Collectors.joining(";"));
    }

    /** The name in HASH and its options: that of IANA's registry of hash function textual names. */
    private static String label(DigestAlgorithm algorithm) {
        return switch (algorithm) {
            case CRC32 -> "CRC32";
            case MD5 -> "MD5";
            case SHA1 -> "SHA-1";
            case SHA256 -> "SHA-256";
            case SHA512 -> "SHA-512";
        };
    }

    /** OPTS HASH, with the name of an algorithm or without. */
    static void options(Session session, String name) {
        if (!name.isEmpty()) {
            Optional<DigestAlgorithm> wanted = Arrays.stream(DigestAlgorithm.values())
                    .filter(algorithm -> label(algorithm).equals(name.toUpperCase(Locale.ROOT)))
                    .findFirst();
            if (wanted.isEmpty()) {
                session.reply(
                        501,
                        "There are" + feature(session.state().hashAlgorithm()).substring(" HASH".length()) + ".");
                return;
            }
            session.state().setHashAlgorithm(wanted.get());
        }
        session.reply(200, label(session.state().hashAlgorithm()));
    }

    private static void range(Session session, String argument) {
        Matcher range = RANGE.matcher(argument);
        if (!range.matches()) {
            session.reply(501, "RANG requires the first and the last byte: RANG 0 99.");
            return;
        }
        long first = Long.parseLong(range.group(1));
        long last = Long.parseLong(range.group(2));
        if (first == 1 && last == 0) {
            session.state().setRange(null);
            session.reply(350, "RANG reset; HASH and RETR use whole files.");
        } else if (last < first) {
            session.reply(501, "Invalid range: the last byte is before the first.");
        } else {
            session.state().setRange(new CommandState.Range(first, last));
            session.reply(350, "Range accepted: next HASH or RETR uses bytes " + first + " to " + last + ".");
        }
    }

    private static void hash(Session session, String path) throws VfsException {
        VirtualPath file = session.state().resolve(path);
        DigestAlgorithm algorithm = session.state().hashAlgorithm();
        CommandState.Range range = session.state().takeRange();
        long size = session.files().stat(file).size();
        long first = range == null ? 0 : range.first();
        long last = range == null ? size - 1 : Math.min(range.last(), size - 1);
        if (range != null && range.first() >= size) {
            session.reply(501, "Invalid range: the file ends before byte " + range.first() + ".");
            return;
        }
        String digest = compute(session, file, algorithm, first, last - first + 1);
        // An empty file has no last byte; its range is then 0-0.
        session.reply(213, label(algorithm) + " " + first + "-" + Math.max(last, 0) + " " + digest + " " + path);
    }

    private static void md5(Session session, String argument) throws VfsException {
        String path = unquoted(argument);
        String digest = compute(session, session.state().resolve(path), DigestAlgorithm.MD5, 0, Long.MAX_VALUE);
        session.reply(251, argument + " " + digest.toUpperCase(Locale.ROOT));
    }

    private static void older(Session session, DigestAlgorithm algorithm, String argument) throws VfsException {
        Matcher quoted = QUOTED.matcher(argument);
        long start = 0;
        long end = Long.MAX_VALUE;
        if (quoted.matches()) {
            start = offset(quoted.group(2), 0);
            end = offset(quoted.group(3), Long.MAX_VALUE);
        }
        if (end < start) {
            session.reply(501, "Invalid range: it ends before it begins.");
            return;
        }
        VirtualPath file = session.state().resolve(unquoted(argument));
        session.reply(250, compute(session, file, algorithm, start, end - start).toUpperCase(Locale.ROOT));
    }

    private static long offset(@Nullable String digits, long otherwise) {
        return digits == null ? otherwise : Long.parseLong(digits);
    }

    private static String unquoted(String argument) {
        Matcher quoted = QUOTED.matcher(argument);
        return quoted.matches() ? quoted.group(1).replace("\"\"", "\"") : argument;
    }

    private static String compute(
            Session session, VirtualPath file, DigestAlgorithm algorithm, long offset, long length)
            throws VfsException {
        return HexFormat.of()
                .formatHex(session.files().checksum(file, algorithm, offset, length, session::isAbortWanted));
    }
}
