package dev.slipway.transfer.remote;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.sftp.client.SftpMessage;
import org.apache.sshd.sftp.client.SftpVersionSelector;
import org.apache.sshd.sftp.client.impl.DefaultSftpClient;
import org.apache.sshd.sftp.client.impl.SftpResponse;
import org.apache.sshd.sftp.client.impl.SftpStatus;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/**
 * A channel that speaks SFTP version 3
 * (<a href="https://datatracker.ietf.org/doc/html/draft-ietf-secsh-filexfer-02">draft-ietf-secsh-filexfer-02</a>), which all
 * servers do. The library waits for answers as long as a connection may be idle, which has nothing to do with it.
 */
final class SftpChannel extends DefaultSftpClient implements ChannelOpener.OnChannel {
    /** How much a server may print before its first packet. */
    private static final int LARGEST_GREETING = 64 << 10;

    private final RemoteLink link;
    private final Duration patience;

    /** What has arrived before the first packet. Without an initial value, which would be set after the first bytes. */
    private @Nullable ByteArrayOutputStream greeting;

    private boolean begun;

    SftpChannel(RemoteLink link) throws IOException {
        super(link.session(), SftpVersionSelector.fixedVersionSelector(SftpConstants.SFTP_V3), null);
        this.link = link;
        this.patience = link.timeouts().answer();
    }

    /**
     * Leaves out what the user's own shell prints while it starts the server: a file such as {@code .bashrc} may say
     * something. The first packet is SSH_FXP_VERSION (section 4): its length, 2 and the version; text has no NULs.
     */
    @Override
    protected int data(byte[] bytes, int offset, int length) throws IOException {
        if (begun) {
            return super.data(bytes, offset, length);
        }
        ByteArrayOutputStream early = greeting == null ? new ByteArrayOutputStream() : greeting;
        early.write(bytes, offset, length);
        greeting = early;
        byte[] all = early.toByteArray();
        int packet = firstPacket(all);
        if (packet < 0 && all.length < LARGEST_GREETING) {
            return 0;
        }
        begun = true;
        greeting = null;
        int from = Math.max(packet, 0);
        return super.data(all, from, all.length - from);
    }

    /** Where the first packet begins; negative if it has not been seen yet. */
    static int firstPacket(byte[] bytes) {
        for (int i = 0; i + 9 <= bytes.length; i++) {
            if (bytes[i] == 0
                    && bytes[i + 1] == 0
                    && bytes[i + 4] == SftpConstants.SSH_FXP_VERSION
                    && bytes[i + 5] == 0
                    && bytes[i + 6] == 0
                    && bytes[i + 7] == 0) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public void whenClosed(Runnable action) {
        getClientChannel().addCloseFutureListener(_ -> action.run());
    }

    /** All requests pass here. */
    @Override
    public SftpMessage write(int command, Buffer request) throws IOException {
        link.at("before " + SftpConstants.getCommandMessageName(command));
        return super.write(command, request);
    }

    @Override
    public Buffer receive(int id) throws IOException {
        Buffer answer = receive(id, patience);
        if (answer == null) {
            if (!isOpen()) {
                throw new EOFException("it was closed before the answer arrived");
            }
            throw new SocketTimeoutException("no answer within " + patience.toSeconds() + " s");
        }
        link.at("after an answer over SFTP");
        return answer;
    }

    /** The answer to a request, if it has arrived. */
    @Nullable
    Buffer poll(int id) throws IOException {
        Buffer answer = receive(id, Duration.ZERO);
        if (answer != null) {
            link.at("after an answer over SFTP");
        }
        return answer;
    }

    /** @throws org.apache.sshd.sftp.common.SftpException the answer to a write is a failure */
    void checkWritten(Buffer answer) throws IOException {
        checkResponseStatus(SftpResponse.parse(SftpConstants.SSH_FXP_WRITE, answer));
    }

    /** The data in the answer to a read; none at the end of the file. */
    byte[] data(Buffer answer) throws IOException {
        SftpResponse response = SftpResponse.parse(SftpConstants.SSH_FXP_READ, answer);
        if (response.getType() == SftpConstants.SSH_FXP_DATA) {
            return response.getBuffer().getBytes();
        }
        SftpStatus status = SftpStatus.parse(response);
        if (status.getStatusCode() == SftpConstants.SSH_FX_EOF) {
            return new byte[0];
        }
        throw new SftpException(status.getStatusCode(), status.getMessage());
    }
}
