package dev.slipway.ftps.command;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.ftps.control.CommandState;
import dev.slipway.ftps.control.Reply;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.data.Transfer;
import dev.slipway.ftps.format.LineEnds;
import java.io.IOException;
import java.nio.ByteBuffer;

/** RETR. */
final class DownloadCommands {
    private DownloadCommands() {}

    static void addTo(CommandTable table) {
        table.accountWithArgument("RETR", DownloadCommands::retrieve);
    }

    private static void retrieve(Session session, String path) {
        long restart = session.state().takeRestart();
        CommandState.Range range = session.state().takeRange();
        long start = range == null ? restart : range.first();
        DataTransfer.run(session, (transfer, connector) -> {
            DataTransfer.requireBinary(session, range != null || start > 0);
            FileDownload download =
                    transfer.own(session.files().open(session.state().resolve(path), start));
            long size = download.entry().size();
            if (start > size) {
                throw new DataTransfer.RefusedException(new Reply(
                        554,
                        "Invalid restart position: the file has only " + size + " bytes; cannot restart at " + start
                                + "."));
            }
            long end = range == null || range.last() >= size ? size : range.last() + 1;
            DataChannel channel = connector.connect(
                    session.state().convertsLineEnds()
                            ? "Opening ASCII mode data connection."
                            : "Opening BINARY mode data connection (" + (end - start) + " bytes).");
            send(session, transfer, channel, download, start, end);
            channel.finish();
            session.reply(226, "Transfer complete.");
        });
    }

    /** @param end the offset after the last byte to send */
    private static void send(
            Session session, Transfer transfer, DataChannel channel, FileDownload download, long start, long end)
            throws IOException {
        BufferPool buffers = session.environment().buffers();
        ByteBuffer buffer = buffers.take();
        ByteBuffer text = session.state().convertsLineEnds() ? buffers.take() : null;
        try {
            long offset = start;
            while (offset < end) {
                buffer.limit((int) Math.min(buffer.capacity(), end - offset));
                int count = download.read(offset, buffer);
                if (count < 0) {
                    throw new VfsException(
                            Failure.INTEGRITY,
                            download.entry().path(),
                            "The file ended early; the transfer is incomplete.");
                }
                offset += count;
                if (text == null) {
                    DataTransfer.writeAll(transfer, channel, buffer.flip());
                } else {
                    LineEnds.write(
                            buffer.flip(), text, converted -> DataTransfer.writeAll(transfer, channel, converted));
                }
                buffer.clear();
            }
        } finally {
            buffers.give(buffer);
            if (text != null) {
                buffers.give(text);
            }
        }
    }
}
