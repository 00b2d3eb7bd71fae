package dev.slipway.transfer.remote;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.util.Locale;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.channel.exception.SshChannelOpenException;
import org.apache.sshd.sftp.common.SftpConstants;
import org.apache.sshd.sftp.common.SftpException;
import org.jspecify.annotations.Nullable;

/** Maps failures of the SSH library and SFTP statuses. */
final class RemoteFailures {
    private static final Pattern NO_SPACE = Pattern.compile("no space|disk full|disc full|quota|not enough space");
    private static final Pattern READ_ONLY = Pattern.compile("read-only|read only|write.protect");

    /** What the library says when its time is over. */
    private static final Pattern LATE = Pattern.compile("within specified timeout: (\\d{1,12})");

    /** How the library names one of its objects before it says what has happened. */
    private static final Pattern OBJECT = Pattern.compile("^(?:[\\w$.]*(?:Future|Impl|Channel\\w*)\\[.*\\]+: ?)");

    private RemoteFailures() {}

    /**
     * @param remote its name
     * @param doing what could not be done, as in {@code cannot …}
     * @param session the connection it went wrong on
     */
    static RemoteException of(String remote, String doing, ClientSession session, IOException cause) {
        RemoteFailure failure = failure(session, cause);
        return new RemoteException(failure, remote + ": cannot " + doing + ": " + reason(failure, cause), cause);
    }

    static RemoteFailure failure(@Nullable ClientSession session, IOException cause) {
        SftpException status = find(cause, SftpException.class);
        if (status != null) {
            return ofStatus(status.getStatus(), status.getMessage());
        }
        if (session != null && !session.isOpen()) {
            return RemoteFailure.UNREACHABLE;
        }
        if (find(cause, TimeoutException.class) != null || find(cause, SocketTimeoutException.class) != null) {
            return RemoteFailure.TIMEOUT;
        }
        if (find(cause, InterruptedIOException.class) != null) {
            return RemoteFailure.FAILED;
        }
        return find(cause, SshChannelOpenException.class) != null
                ? RemoteFailure.NO_CHANNEL
                : RemoteFailure.UNREACHABLE;
    }

    /** Also those codes that version 3 does not have: servers send them all the same. */
    static RemoteFailure ofStatus(int status, @Nullable String message) {
        return switch (status) {
            case SftpConstants.SSH_FX_NO_SUCH_FILE,
                    SftpConstants.SSH_FX_NO_SUCH_PATH,
                    SftpConstants.SSH_FX_NOT_A_DIRECTORY -> RemoteFailure.NOT_FOUND;
            case SftpConstants.SSH_FX_PERMISSION_DENIED,
                    SftpConstants.SSH_FX_WRITE_PROTECT,
                    SftpConstants.SSH_FX_CANNOT_DELETE,
                    SftpConstants.SSH_FX_OWNER_INVALID,
                    SftpConstants.SSH_FX_GROUP_INVALID -> RemoteFailure.PERMISSION_DENIED;
            case SftpConstants.SSH_FX_FILE_ALREADY_EXISTS, SftpConstants.SSH_FX_DIR_NOT_EMPTY ->
                RemoteFailure.ALREADY_EXISTS;
            case SftpConstants.SSH_FX_NO_SPACE_ON_FILESYSTEM, SftpConstants.SSH_FX_QUOTA_EXCEEDED ->
                RemoteFailure.NO_SPACE;
            // OpenSSH's answer to a name that is too long, and to what the system calls an invalid argument.
            case SftpConstants.SSH_FX_BAD_MESSAGE, SftpConstants.SSH_FX_INVALID_FILENAME -> RemoteFailure.NOT_ACCEPTED;
            case SftpConstants.SSH_FX_OP_UNSUPPORTED -> RemoteFailure.UNSUPPORTED;
            case SftpConstants.SSH_FX_NO_CONNECTION, SftpConstants.SSH_FX_CONNECTION_LOST -> RemoteFailure.UNREACHABLE;
            default -> ofMessage(message);
        };
    }

    /** Some servers explain failures without a code in words; OpenSSH's says only "Failure". */
    private static RemoteFailure ofMessage(@Nullable String message) {
        String words = message == null ? "" : message.toLowerCase(Locale.ROOT);
        if (NO_SPACE.matcher(words).find()) {
            return RemoteFailure.NO_SPACE;
        }
        if (words.contains("name too long")) {
            return RemoteFailure.NOT_ACCEPTED;
        }
        return READ_ONLY.matcher(words).find() ? RemoteFailure.PERMISSION_DENIED : RemoteFailure.FAILED;
    }

    static String reason(RemoteFailure failure, IOException cause) {
        String said = said(cause);
        return switch (failure) {
            case UNREACHABLE -> "the connection was lost (" + said + ")";
            case TIMEOUT -> "it did not answer (" + said + ")";
            case NOT_FOUND -> "no such file or folder";
            case PERMISSION_DENIED -> "permission denied";
            case ALREADY_EXISTS -> "it already exists";
            case NO_SPACE -> "no space left";
            case NO_CHANNEL -> "the server refused another channel (" + said + ")";
            case UNSUPPORTED -> "the server does not support that (" + said + ")";
            case NOT_ACCEPTED ->
                "the server does not accept the name, which may be too long, or the request (" + said + ")";
            case HOST_KEY, AUTHENTICATION, FAILED -> said;
        };
    }

    /** The message of a failure, without the names of the library's objects. */
    private static String said(IOException cause) {
        String message = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        Matcher late = LATE.matcher(message);
        if (late.find()) {
            return "no answer within " + Long.parseLong(late.group(1)) / 1000 + " s";
        }
        return OBJECT.matcher(message).replaceFirst("");
    }

    static <E extends Throwable> @Nullable E find(Throwable start, Class<E> type) {
        // Bounded, since there might be a cycle.
        Throwable cause = start;
        for (int i = 0; i < 20 && cause != null; i++) {
            if (type.isInstance(cause)) {
                return type.cast(cause);
            }
            cause = cause.getCause();
        }
        return null;
    }
}
