package dev.slipway.ftps.command;

import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.RenameMode;
import dev.slipway.ftps.control.Reply;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.format.Fact;
import dev.slipway.ftps.format.FtpTime;
import dev.slipway.ftps.format.LineEnds;
import dev.slipway.ftps.format.ListFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Commands on files and directories that need no data connection. */
final class FileCommands {
    /** Maximum number of entries that STAT lists: they are collected before the reply on the control connection. */
    private static final int MAX_STAT = 1000;

    /** Maximum size of a file that is read to count its line ends. */
    private static final long LARGEST_TEXT_BYTES = 16 << 20;

    private static final Pattern MODE_AND_PATH = Pattern.compile("([0-7]{1,4}) (.+)");
    private static final Pattern TIME_AND_PATH = Pattern.compile("(\\d{14}(?:\\.\\d+)?) (.+)");

    private FileCommands() {}

    static void addTo(CommandTable table) {
        for (String name : List.of("CWD", "XCWD")) {
            table.accountWithArgument(name, FileCommands::changeDirectory);
        }
        for (String name : List.of("CDUP", "XCUP")) {
            table.account(name, (session, _) -> changeDirectory(session, ".."));
        }
        for (String name : List.of("PWD", "XPWD")) {
            table.account(
                    name,
                    (session, _) ->
                            session.reply(257, quoted(session.state().directory()) + " is the current directory."));
        }
        for (String name : List.of("MKD", "XMKD")) {
            table.accountWithArgument(name, FileCommands::makeDirectory);
        }
        for (String name : List.of("RMD", "XRMD")) {
            table.accountWithArgument(name, (session, path) -> {
                session.files().rmdir(session.state().resolve(path));
                session.reply(250, "Remove directory operation successful.");
            });
        }
        table.accountWithArgument("DELE", (session, path) -> {
            session.files().delete(session.state().resolve(path));
            session.reply(250, "Delete operation successful.");
        });
        table.accountWithArgument("RNFR", (session, path) -> {
            VirtualPath from = session.state().resolve(path);
            session.files().stat(from);
            session.state().setRenameFrom(from);
            session.reply(350, "Ready for RNTO.");
        });
        table.accountWithArgument("RNTO", FileCommands::renameTo);
        table.accountWithArgument("SIZE", (session, path) -> {
            FileEntry entry = session.files().stat(session.state().resolve(path));
            if (entry.directory()) {
                throw new VfsException(Failure.IS_A_DIRECTORY, entry.path(), "Not a regular file.");
            }
            long added = session.state().convertsLineEnds() ? addedLineEnds(session, entry) : 0;
            session.reply(213, Long.toString(entry.size() + added));
        });
        table.account("AVBL", (session, path) -> {
            VirtualPath where =
                    path == null ? session.state().directory() : session.state().resolve(path);
            session.reply(213, Long.toString(session.files().space(where).free()));
        });
        table.accountWithArgument("MDTM", FileCommands::modificationTime);
        table.accountWithArgument("MFMT", FileCommands::modifyTime);
        table.account("MLST", FileCommands::facts);
        table.account("STAT", FileCommands::status);
    }

    /** How much longer a file is as text (RFC 3659, section 4), found out by reading it. */
    private static long addedLineEnds(Session session, FileEntry entry) throws VfsException {
        if (entry.size() > LARGEST_TEXT_BYTES) {
            throw new VfsException(
                    Failure.PERMISSION_DENIED,
                    entry.path(),
                    "SIZE in ASCII mode is not available for files over " + LARGEST_TEXT_BYTES
                            + " bytes; send TYPE I first.");
        }
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        try (FileDownload download = session.files().open(entry.path())) {
            long added = 0;
            long offset = 0;
            for (int count = download.read(offset, buffer); count >= 0; count = download.read(offset, buffer)) {
                offset += count;
                added += LineEnds.added(buffer.flip());
                buffer.clear();
            }
            return added;
        } finally {
            buffers.give(buffer);
        }
    }

    private static void changeDirectory(Session session, String path) throws VfsException {
        FileEntry entry = session.files().stat(session.state().resolve(path));
        if (!entry.directory()) {
            throw new VfsException(Failure.NOT_A_DIRECTORY, entry.path(), "Not a directory.");
        }
        session.state().setDirectory(entry.path());
        session.reply(250, "Directory successfully changed. Current directory: " + entry.path());
    }

    private static void makeDirectory(Session session, String path) throws VfsException {
        VirtualPath directory = session.state().resolve(path);
        session.files().mkdir(directory);
        session.reply(257, quoted(directory) + " created.");
    }

    /** RFC 959 appendix II: quotes in the name are doubled. */
    private static String quoted(VirtualPath path) {
        return '"' + path.toString().replace("\"", "\"\"") + '"';
    }

    private static void renameTo(Session session, String path) throws VfsException {
        VirtualPath from = session.state().takeRenameFrom();
        if (from == null) {
            session.reply(503, "RNFR required first.");
            return;
        }
        // clients upload to a temporary name and rename onto the old file, as rename(2) allows
        session.files().rename(from, session.state().resolve(path), RenameMode.REPLACE_TARGET);
        session.reply(250, "Rename successful.");
    }

    /**
     * MDTM returns the time (RFC 3659 section 3); with a time before the name, as some clients send it, it sets the
     * time.
     */
    private static void modificationTime(Session session, String argument) throws VfsException {
        Matcher matcher = TIME_AND_PATH.matcher(argument);
        if (matcher.matches() && !exists(session, argument)) {
            modifyTime(session, argument);
            return;
        }
        FileEntry entry = session.files().stat(session.state().resolve(argument));
        if (entry.partial()) {
            session.reply(550, "An interrupted upload has no modification time.");
            return;
        }
        session.reply(213, FtpTime.format(entry.modified()));
    }

    private static boolean exists(Session session, String path) throws VfsException {
        return find(session, path).isPresent();
    }

    static Optional<FileEntry> find(Session session, String path) throws VfsException {
        try {
            return Optional.of(session.files().stat(session.state().resolve(path)));
        } catch (VfsException e) {
            if (e.failure() == Failure.NOT_FOUND || e.failure() == Failure.NAME_INVALID) {
                return Optional.empty();
            }
            throw e;
        }
    }

    private static void modifyTime(Session session, String argument) throws VfsException {
        Matcher matcher = TIME_AND_PATH.matcher(argument);
        Optional<Instant> time = matcher.matches() ? FtpTime.parse(matcher.group(1)) : Optional.empty();
        if (time.isEmpty()) {
            session.reply(501, "Invalid time; use YYYYMMDDHHMMSS (UTC), a space and a name.");
            return;
        }
        VirtualPath path = session.state().resolve(matcher.group(2));
        session.files().setModified(path, time.get());
        session.reply(213, "Modify=" + FtpTime.format(time.get()) + "; " + path);
    }

    /** SITE CHMOD. Accounts that keep no modes hear success, since many clients send it after each upload. */
    static void changeMode(Session session, String argument) throws VfsException {
        Matcher matcher = MODE_AND_PATH.matcher(argument);
        if (!matcher.matches()) {
            session.reply(501, "SITE CHMOD requires a mode and a name: SITE CHMOD 644 file.");
        } else if (session.files().keepsPosix()) {
            VirtualPath path = session.state().resolve(matcher.group(2));
            session.files().setPosix(path, PosixAttributes.ofMode(Integer.parseInt(matcher.group(1), 8)));
            session.reply(200, "SITE CHMOD ok.");
        } else {
            session.reply(200, "SITE CHMOD ok; file modes are not stored.");
        }
    }

    private static void facts(Session session, @Nullable String path) throws VfsException {
        FileEntry entry = session.files()
                .stat(
                        path == null
                                ? session.state().directory()
                                : session.state().resolve(path));
        session.reply(new Reply(
                250,
                List.of("Facts:", " " + Fact.describe(entry, session.state().facts()) + entry.path(), "End")));
    }

    private static void status(Session session, @Nullable String argument) throws IOException {
        if (argument == null) {
            session.reply(session.status());
            return;
        }
        ListFormat format = ListFormat.longFormat(session.account(), Instant.now());
        List<String> lines = new ArrayList<>();
        lines.add("Status:");
        try (Selection selection = Selection.of(session, argument)) {
            for (List<FileEntry> page = selection.next(); !page.isEmpty(); page = selection.next()) {
                for (FileEntry entry : page) {
                    if (ListFormat.isPrintable(entry)) {
                        lines.add(format.line(entry, entry.name()));
                    }
                }
                if (lines.size() > MAX_STAT) {
                    session.reply(504, "Too many entries: more than " + MAX_STAT + "; use LIST.");
                    return;
                }
            }
        }
        lines.add("End");
        session.reply(new Reply(213, lines));
    }
}
