package dev.slipway.ftps.command;

import dev.slipway.core.VfsException;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.data.Transfer;
import dev.slipway.ftps.format.ListFormat;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;

/** LIST, NLST and MLSD. */
final class ListingCommands {
    private ListingCommands() {}

    static void addTo(CommandTable table) {
        table.account("LIST", (session, argument) -> {
            ListFormat format = ListFormat.longFormat(session.account(), Instant.now());
            list(session, () -> Selection.of(session, argument), (entry, _) -> format.line(entry, entry.name()));
        });
        table.account(
                "NLST",
                (session, argument) -> list(session, () -> Selection.of(session, argument), ListFormat.names()));
        table.account(
                "MLSD",
                (session, argument) -> list(
                        session,
                        () -> Selection.ofDirectory(session, argument),
                        ListFormat.facts(session.state().facts())));
    }

    /** Finds out what to list. */
    @FunctionalInterface
    private interface Selector {
        Selection select() throws VfsException;
    }

    private static void list(Session session, Selector selector, ListFormat format) {
        session.state().takeRestart();
        DataTransfer.run(session, (transfer, connector) -> {
            try (Selection selection = selector.select()) {
                DataChannel channel = connector.connect("Opening data connection for directory listing.");
                send(session, transfer, channel, selection, format);
                channel.finish();
            }
            session.reply(226, "Transfer complete.");
        });
    }

    private static void send(
            Session session, Transfer transfer, DataChannel channel, Selection selection, ListFormat format)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        try {
            for (List<FileEntry> page = selection.next(); !page.isEmpty(); page = selection.next()) {
                for (FileEntry entry : page) {
                    if (!ListFormat.isPrintable(entry)) {
                        continue;
                    }
                    byte[] line =
                            (format.line(entry, selection.nameOf(entry)) + "\r\n").getBytes(StandardCharsets.UTF_8);
                    if (line.length > buffer.remaining()) {
                        DataTransfer.writeAll(transfer, channel, buffer.flip());
                        buffer.clear();
                    }
                    buffer.put(line);
                }
            }
            DataTransfer.writeAll(transfer, channel, buffer.flip());
        } finally {
            buffers.give(buffer);
        }
    }
}
