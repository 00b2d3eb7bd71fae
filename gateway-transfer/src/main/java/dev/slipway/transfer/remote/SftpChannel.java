package dev.slipway.transfer.remote;

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
final class SftpChannel extends DefaultSftpClient {
    private final RemoteLink link;
    private final Duration patience;

    SftpChannel(RemoteLink link) throws IOException {
        super(link.session(), SftpVersionSelector.fixedVersionSelector(SftpConstants.SFTP_V3), null);
        this.link = link;
        this.patience = link.timeouts().answer();
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
