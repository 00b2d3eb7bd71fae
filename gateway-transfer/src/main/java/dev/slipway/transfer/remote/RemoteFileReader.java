package dev.slipway.transfer.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;

/**
 * Reads a file of a remote, at any offset, with several requests in flight on a channel that nothing else uses meanwhile.
 * Not safe for use by several threads.
 */
public final class RemoteFileReader implements AutoCloseable {
    /** The size that every server accepts, and the maximum of most. */
    private static final int LARGEST_READ = 32 * 1024;

    private static final int LARGEST_IN_FLIGHT = 64;

    private record Request(int id, int position, int length) {}

    private final RemoteLink link;
    private final SftpChannel channel;
    private final SftpClient.CloseableHandle handle;
    private final String path;
    private final Runnable closing;

    /** @param closing closes the file, and with it the channel if nobody else uses that */
    RemoteFileReader(
            RemoteLink link, SftpChannel channel, SftpClient.CloseableHandle handle, String path, Runnable closing) {
        this.link = link;
        this.channel = channel;
        this.handle = handle;
        this.path = path;
        this.closing = closing;
    }

    /**
     * Reads bytes until the buffer is full or the file ends. Blocks.
     *
     * @param offset where in the file to begin
     * @param target is filled from its position on
     * @return how many were read; 0 at the end of the file, or if the buffer is full already
     */
    public int read(long offset, ByteBuffer target) throws RemoteException {
        int start = target.position();
        try {
            ArrayDeque<Request> inFlight = new ArrayDeque<>();
            int asked = 0;
            int wanted = target.remaining();
            int end = wanted;
            while (asked < Math.min(wanted, end) || !inFlight.isEmpty()) {
                if (asked < Math.min(wanted, end) && inFlight.size() < LARGEST_IN_FLIGHT) {
                    int length = Math.min(LARGEST_READ, wanted - asked);
                    inFlight.add(new Request(send(offset + asked, length), asked, length));
                    asked += length;
                } else {
                    Request request = inFlight.remove();
                    int read = receive(request, request.position(), target, start);
                    // Servers may give less than they were asked for, and not only at the end.
                    while (read > 0 && read < request.length()) {
                        int more = receive(
                                new Request(
                                        send(offset + request.position() + read, request.length() - read),
                                        request.position() + read,
                                        request.length() - read),
                                request.position() + read,
                                target,
                                start);
                        if (more == 0) {
                            break;
                        }
                        read += more;
                    }
                    if (read < request.length()) {
                        end = Math.min(end, request.position() + read);
                    }
                }
            }
            target.position(start + end);
            return end;
        } catch (IOException e) {
            target.position(start);
            throw link.failure("read " + path, e);
        }
    }

    private int send(long offset, int length) throws IOException {
        Buffer request = new ByteArrayBuffer(handle.getIdentifier().length + 32, false);
        request.putBytes(handle.getIdentifier());
        request.putLong(offset);
        request.putUInt(length);
        return channel.write(SftpConstants.SSH_FXP_READ, request).getId();
    }

    /** Returns how many bytes came; 0 at the end of the file. */
    private int receive(Request request, int position, ByteBuffer target, int start) throws IOException {
        byte[] data = channel.data(channel.receive(request.id()));
        if (data.length > request.length()) {
            throw new SftpException(SftpConstants.SSH_FX_BAD_MESSAGE, "more than requested");
        }
        target.put(start + position, data);
        return data.length;
    }

    /** Closes the file. */
    @Override
    public void close() {
        closing.run();
    }
}
