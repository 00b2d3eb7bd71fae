package dev.slipway.transfer.remote;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.sftp.client.SftpClient;
import org.apache.sshd.sftp.client.extensions.openssh.OpenSSHFsyncExtension;
import org.apache.sshd.sftp.common.SftpConstants;
import org.jspecify.annotations.Nullable;

/**
 * Writes to a file of a remote, at any offset, with several requests in flight. Not safe for use by several threads; several
 * writers may write to one file.
 *
 * <p>A failure is thrown by the call that notices it, and by all later ones. Earlier writes are not undone.
 */
public final class RemoteFileWriter implements AutoCloseable {
    /** The most bytes without an answer; OpenSSH's window of a channel is as large. */
    private static final int MOST_IN_FLIGHT = 2 * 1024 * 1024;

    /**
     * The most at first. It grows by what is acknowledged: so something has arrived for sure even if the connection breaks
     * soon.
     */
    private static final int FIRST_IN_FLIGHT = 256 * 1024;

    /** The size of a request without its data: length, type and id, handle and offset. */
    private static final int HEADER = 512;

    private record Request(int id, int bytes) {}

    private final WriteFailures failures;
    private final SftpChannels channels;
    private final SftpChannel channel;
    private final SftpClient.CloseableHandle handle;
    private final String path;
    private final int largestWrite;
    private final ArrayDeque<Request> inFlight = new ArrayDeque<>();
    private int bytesInFlight;
    private int window = FIRST_IN_FLIGHT;
    private @Nullable RemoteException failure;
    private boolean closed;
    private boolean isCloseRefused;

    /** @param channel returned to {@code channels} in the end */
    RemoteFileWriter(
            WriteFailures failures,
            SftpChannels channels,
            SftpChannel channel,
            SftpClient.CloseableHandle handle,
            String path,
            int largestWrite) {
        this.failures = failures;
        this.channels = channels;
        this.channel = channel;
        this.handle = handle;
        this.path = path;
        this.largestWrite = largestWrite;
    }

    /**
     * Sends bytes, and returns when they are sent; {@link #flush} and {@link #close} report whether they have arrived.
     * Blocks for the network, and while too many requests are unanswered.
     *
     * @param offset their offset in the file
     * @param source read up to its limit; the caller may reuse it when this returns
     * @throws RemoteException NO_SPACE: the file system is full. UNREACHABLE, TIMEOUT: the connection is lost
     */
    public void write(long offset, ByteBuffer source) throws RemoteException {
        check();
        long position = offset;
        try {
            collect(false);
            while (source.hasRemaining()) {
                int length = Math.min(source.remaining(), largestWrite);
                while (bytesInFlight > 0 && bytesInFlight + length > window) {
                    acknowledge(inFlight.element());
                }
                send(position, source, length);
                position += length;
            }
        } catch (IOException e) {
            throw failed("write to", e);
        }
    }

    private void send(long offset, ByteBuffer source, int length) throws IOException {
        Buffer request = new ByteArrayBuffer(new byte[HEADER + length], false);
        // Room for what the library puts before it.
        request.rpos(64);
        request.wpos(64);
        request.putBytes(handle.getIdentifier());
        request.putLong(offset);
        request.putUInt(length);
        int start = request.wpos();
        request.wpos(start + length);
        source.get(request.array(), start, length);
        int id = channel.write(SftpConstants.SSH_FXP_WRITE, request).getId();
        inFlight.add(new Request(id, length));
        bytesInFlight += length;
    }

    /** Processes the answers that have arrived, or waits for all of them. */
    private void collect(boolean all) throws IOException {
        while (!inFlight.isEmpty()) {
            Request oldest = inFlight.element();
            Buffer answer = all ? channel.receive(oldest.id()) : channel.poll(oldest.id());
            if (answer == null) {
                return;
            }
            settle(oldest, answer);
        }
    }

    private void acknowledge(Request oldest) throws IOException {
        settle(oldest, channel.receive(oldest.id()));
    }

    private void settle(Request request, Buffer answer) throws IOException {
        // First: what was not written stays unacknowledged.
        channel.checkWritten(answer);
        inFlight.remove();
        bytesInFlight -= request.bytes();
        window = Math.min(MOST_IN_FLIGHT, window + request.bytes());
    }

    /**
     * How many of the bytes written last the remote has not acknowledged, as far as is known now; those before them have
     * arrived. Does not block.
     */
    public int unacknowledged() {
        return bytesInFlight;
    }

    /** Waits until the remote has acknowledged all writes. */
    public void flush() throws RemoteException {
        check();
        try {
            collect(true);
        } catch (IOException e) {
            throw failed("write to", e);
        }
    }

    /**
     * Waits until the remote has acknowledged all writes and synced them to disk, if it supports that.
     *
     * @return whether it is supported
     */
    public boolean sync() throws RemoteException {
        flush();
        try {
            OpenSSHFsyncExtension extension = channel.getExtension(OpenSSHFsyncExtension.class);
            if (extension == null || !extension.isSupported()) {
                return false;
            }
            extension.fsync(handle);
            return true;
        } catch (IOException e) {
            throw failed("write to", e);
        }
    }

    /**
     * Waits until the remote has acknowledged all writes, and closes the file. If this returns, all writes have
     * succeeded.
     *
     * @throws RemoteException one has not, also if {@link #write} has said so before
     */
    @Override
    public void close() throws RemoteException {
        if (closed) {
            return;
        }
        closed = true;
        try {
            RemoteException first = failure != null ? failure : collectAll();
            // Some file systems only now notice that they have no space, even for acknowledged writes.
            RemoteException last = first == null || isAnswer(first) ? closeHandle() : null;
            isCloseRefused = last != null && isAnswer(last);
            RemoteException thrown = first != null ? first : last;
            if (thrown != null) {
                // Another one: it may be added to the first, which cannot be added to itself.
                throw new RemoteException(thrown.failure(), String.valueOf(thrown.getMessage()), thrown);
            }
        } finally {
            channels.done(channel);
        }
    }

    /**
     * Whether the remote has reported an error for {@link #close}: then acknowledged bytes may be lost too, and it is
     * unknown which.
     */
    public boolean isCloseRefused() {
        return isCloseRefused;
    }

    private @Nullable RemoteException collectAll() {
        try {
            collect(true);
            return null;
        } catch (IOException e) {
            return failed("write to", e);
        }
    }

    private @Nullable RemoteException closeHandle() {
        try {
            handle.close();
            return null;
        } catch (IOException e) {
            return failed("write to", e);
        }
    }

    private static boolean isAnswer(RemoteException failure) {
        return switch (failure.failure()) {
            case UNREACHABLE, TIMEOUT, NO_CHANNEL -> false;
            case HOST_KEY,
                    NOT_ACCEPTED,
                    AUTHENTICATION,
                    NOT_FOUND,
                    PERMISSION_DENIED,
                    ALREADY_EXISTS,
                    NO_SPACE,
                    UNSUPPORTED,
                    FAILED -> true;
        };
    }

    private void check() throws RemoteException {
        if (failure != null) {
            throw failure;
        }
        if (closed) {
            throw new IllegalStateException("closed");
        }
    }

    private RemoteException failed(String doing, IOException cause) {
        RemoteException result = failures.of(doing + " " + path, path, cause);
        failure = result;
        return result;
    }
}
