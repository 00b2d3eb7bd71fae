package dev.slipway.ftps.command;

import dev.slipway.core.VfsException;
import dev.slipway.ftps.control.FailureReply;
import dev.slipway.ftps.control.Reply;
import dev.slipway.ftps.control.Session;
import dev.slipway.ftps.data.DataChannel;
import dev.slipway.ftps.data.DataPort;
import dev.slipway.ftps.data.Transfer;
import dev.slipway.ftps.tls.ConnectionTls;
import java.io.IOException;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What all transfers have in common: the data connection, from the refusal of a transfer to its reply. */
final class DataTransfer {
    private static final Logger log = LoggerFactory.getLogger(DataTransfer.class);

    private static final Reply UNPROTECTED =
            new Reply(521, "Data connections must be encrypted; send PBSZ 0 and PROT P first.");

    private DataTransfer() {}

    /** A transfer from its first refusal to its last reply. */
    @FunctionalInterface
    interface Body {
        void run(Transfer transfer, Connector connector) throws IOException;
    }

    /** Opens the data connection, with the reply 150 in between. */
    @FunctionalInterface
    interface Connector {
        DataChannel connect(String announcement) throws IOException;
    }

    /** The data connection could not be opened. */
    private static final class NoConnectionException extends IOException {
        private static final long serialVersionUID = 1L;

        NoConnectionException(String message, IOException cause) {
            super(message, cause);
        }
    }

    /** The transfer is refused for a reason other than a file system failure. */
    static final class RefusedException extends IOException {
        private static final long serialVersionUID = 1L;

        private final transient Reply reply;

        RefusedException(Reply reply) {
            super(reply.getMessage());
            this.reply = reply;
        }

        Reply reply() {
            return reply;
        }
    }

    /** The client was already told about the failure. */
    static final class ToldException extends IOException {
        private static final long serialVersionUID = 1L;

        ToldException(VfsException cause) {
            super(cause);
        }
    }

    /** Runs a transfer, and sends the reply if it fails. */
    static void run(Session session, Body body) {
        DataPort port = session.data().takePort();
        if (port == null) {
            session.reply(isUnprotected(session) ? UNPROTECTED : new Reply(425, "Use PASV or EPSV first."));
            return;
        }
        DataChannel[] opened = new DataChannel[1];
        Transfer transfer = session.data().beginTransfer();
        try (transfer) {
            if (isUnprotected(session)) {
                throw new RefusedException(UNPROTECTED);
            }
            body.run(transfer, announcement -> {
                DataChannel channel = connect(transfer, port);
                opened[0] = channel;
                session.reply(150, announcement);
                transfer.announced();
                try {
                    transfer.clientsTurn();
                    channel.open();
                } catch (ConnectionTls.NotTheClientException e) {
                    finish(channel);
                    throw new RefusedException(new Reply(522, String.valueOf(e.getMessage())));
                } catch (SSLException e) {
                    throw new NoConnectionException("TLS failed on the data connection: " + e.getMessage(), e);
                } finally {
                    transfer.ourTurn();
                }
                return channel;
            });
        } catch (ToldException e) {
            log.debug("A transfer has failed: {}", e.getMessage());
        } catch (IOException e) {
            session.reply(replyTo(e, transfer));
        } finally {
            session.data().endTransfer();
            if (opened[0] == null) {
                session.data().retire(port);
            } else {
                opened[0].recycle();
            }
        }
    }

    /**
     * Closes a refused connection gracefully: clients whose connection is reset, such as ftplib, do not read the reply.
     */
    private static void finish(DataChannel channel) {
        try {
            channel.finish();
        } catch (IOException e) {
            log.debug("A refused data connection has ended: {}", e.getMessage());
        }
    }

    private static boolean isUnprotected(Session session) {
        return session.isSecured()
                && session.environment().settings().requireDataProtection()
                && !session.data().isProtected();
    }

    private static DataChannel connect(Transfer transfer, DataPort port) throws IOException {
        try {
            return transfer.own(transfer.own(port).connect());
        } catch (IOException e) {
            transfer.checkNotAborted();
            throw new NoConnectionException(String.valueOf(e.getMessage()), e);
        }
    }

    private static Reply replyTo(IOException failure, Transfer transfer) {
        String reason = transfer.abortReason();
        if (reason != null) {
            return new Reply(426, reason);
        }
        return switch (failure) {
            case VfsException vfs -> FailureReply.of(vfs);
            case RefusedException refused -> refused.reply();
            case NoConnectionException none -> new Reply(425, String.valueOf(none.getMessage()));
            default -> {
                log.debug("A data connection broke: {}", failure.toString());
                yield new Reply(426, "The data connection broke: " + failure.getMessage());
            }
        };
    }

    /** Sends all bytes of a buffer. */
    static void writeAll(Transfer transfer, DataChannel channel, ByteBuffer bytes) throws IOException {
        transfer.clientsTurn();
        int count = bytes.remaining();
        try {
            channel.write(bytes);
        } finally {
            transfer.ourTurn();
        }
        transfer.moved(count);
    }

    /** An offset counts stored bytes, which differ from transferred bytes if line ends are converted. */
    static void requireBinary(Session session, boolean partial) throws RefusedException {
        if (partial && session.state().convertsLineEnds()) {
            throw new RefusedException(new Reply(554, "REST requires binary mode; send TYPE I first."));
        }
    }
}
