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
import java.util.zip.CRC32;

/** The gateway reads the pieces and writes them over SFTP, each on its own channel. */
final class StreamingTransfer implements PushWork.Sender {
    /** How many bytes may be in flight before the remote must confirm them. */
    private static final long STEP_BYTES = 16L << 20;

    private static final int BUFFER_BYTES = 256 << 10;

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

    @Override
    public void send(int index) throws JobException, JobStoppedException, RemoteException {
        Piece piece = work.piece(index);
        long at = piece.written();
        // The gateway has not seen the bytes that an attempt in direct mode has sent.
        boolean seen = at == piece.offset() || piece.crc() != null;
        int crc = piece.crc() == null ? 0 : piece.crc();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
        PieceReader reader = source.open(work.version(), at, piece.end());
        work.unblockWith(reader);
        try (reader) {
            // Whatever ends the work on it, its close has something to say.
            RemoteFileWriter writer =
                    connection.openForWriting(work.checkpoint().temporary(), false);
            try (writer) {
                while (at < piece.end()) {
                    long stop = Math.min(piece.end(), at + STEP_BYTES);
                    long begin = at;
                    CRC32 step = new CRC32();
                    while (at < stop) {
                        run.throwIfStopped();
                        buffer.clear().limit((int) Math.min(buffer.capacity(), stop - at));
                        if (reader.read(buffer) < 0) {
                            throw JobException.temporary("the source ended at byte " + at + " of " + piece.end());
                        }
                        buffer.flip();
                        step.update(buffer.duplicate());
                        int count = buffer.remaining();
                        writer.write(at, buffer);
                        at += count;
                    }
                    writer.flush();
                    crc = Crc32.combine(crc, (int) step.getValue(), at - begin);
                    work.written(index, at, seen ? (Integer) crc : null);
                }
            } finally {
                if (writer.isCloseRefused()) {
                    doubtful = true;
                }
            }
        } finally {
            work.closed(reader);
        }
    }
}
