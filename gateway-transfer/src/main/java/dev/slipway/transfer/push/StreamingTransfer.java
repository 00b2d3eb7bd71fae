package dev.slipway.transfer.push;

import dev.slipway.core.store.Crc32;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFileWriter;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32;

/** The gateway reads the pieces and writes them over SFTP, each on its own channel. */
final class StreamingTransfer implements PushWork.Sender {
    /** At most as many bytes are read at once. What the remote has is known to as many. */
    private static final int BUFFER_BYTES = 256 << 10;

    private static final long PAUSE_MILLIS = 500;

    private final JobRun run;
    private final PushWork work;
    private final Source source;
    private final RemoteConnection connection;

    /** Whether what the remote has confirmed may be lost all the same. */
    private volatile boolean doubtful;

    StreamingTransfer(JobRun run, PushWork work, Source source, RemoteConnection connection) {
        this.run = run;
        this.work = work;
        this.source = source;
        this.connection = connection;
    }

    /**
     * Whether the remote reported an error when it closed a file. File systems that write later, and check quotas then,
     * report lost bytes only there, and do not tell which. The file cannot be used.
     */
    boolean isDoubtful() {
        return doubtful;
    }

    /** Continues as long as a source that breaks off gives something each time. */
    @Override
    public void send(int index) throws JobException, JobStoppedException, RemoteException {
        while (true) {
            long before = work.piece(index).written();
            try {
                sendOnce(index);
                return;
            } catch (JobException e) {
                if (!e.isRetryable() || work.piece(index).written() == before) {
                    throw e;
                }
            }
            work.pause(PAUSE_MILLIS);
        }
    }

    private void sendOnce(int index) throws JobException, JobStoppedException, RemoteException {
        Piece piece = work.piece(index);
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        PieceReader reader = source.open(work.version(), piece.written(), piece.end());
        work.unblockWith(reader);
        try (reader) {
            // Whatever ends the work on it, its close has something to say.
            RemoteFileWriter writer =
                    connection.openForWriting(work.checkpoint().temporary(), false);
            try (writer) {
                copy(reader, writer, new Acknowledged(index, piece), buffer);
            } finally {
                if (writer.isCloseRefused()) {
                    doubtful = true;
                }
            }
        } finally {
            work.closed(reader);
        }
    }

    private void copy(PieceReader reader, RemoteFileWriter writer, Acknowledged acknowledged, ByteBuffer buffer)
            throws JobException, JobStoppedException, RemoteException {
        long end = acknowledged.piece.end();
        while (acknowledged.sent < end) {
            run.throwIfStopped();
            buffer.clear().limit((int) Math.min(buffer.capacity(), end - acknowledged.sent));
            try {
                if (reader.read(buffer) < 0) {
                    throw JobException.temporary("the source ended at byte " + acknowledged.sent + " of " + end);
                }
            } catch (JobException e) {
                // What has been read so far need not be read again.
                writer.flush();
                acknowledged.upTo(acknowledged.sent);
                throw e;
            }
            buffer.flip();
            ByteBuffer bytes = buffer.duplicate();
            writer.write(acknowledged.sent, buffer);
            acknowledged.add(bytes);
            acknowledged.upTo(acknowledged.sent - writer.unacknowledged());
        }
        writer.flush();
        acknowledged.upTo(end);
    }

    /** What the remote has acknowledged of a piece, and its CRC-32. */
    private final class Acknowledged {
        private final int index;
        private final Piece piece;

        /** Of all bytes sent. */
        private final CRC32 crc = new CRC32();

        /** The CRC-32 of what has been sent before an offset. */
        private record Mark(long offset, int crc) {}

        private final Deque<Mark> marks = new ArrayDeque<>();
        private long sent;

        Acknowledged(int index, Piece piece) {
            this.index = index;
            this.piece = piece;
            this.sent = piece.written();
        }

        void add(ByteBuffer bytes) {
            sent += bytes.remaining();
            crc.update(bytes);
            marks.add(new Mark(sent, (int) crc.getValue()));
        }

        /** The remote has everything before an offset. */
        void upTo(long offset) {
            Mark last = null;
            while (!marks.isEmpty() && marks.element().offset() <= offset) {
                last = marks.remove();
            }
            if (last == null) {
                return;
            }
            // The gateway has not seen the bytes that an attempt in direct mode has sent.
            boolean seen = piece.written() == piece.offset() || piece.crc() != null;
            int before = piece.crc() == null ? 0 : piece.crc();
            work.written(
                    index,
                    last.offset(),
                    seen ? (Integer) Crc32.combine(before, last.crc(), last.offset() - piece.written()) : null);
        }
    }
}
