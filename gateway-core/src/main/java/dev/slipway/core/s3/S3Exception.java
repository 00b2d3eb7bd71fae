package dev.slipway.core.s3;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A store has answered with an error, or not at all. The message is the answer in short; it does not say what was asked
 * for.
 */
public final class S3Exception extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What stores answer with 400 who do not know a request, or something in it. */
    private static final Set<String> REFUSALS = Set.of(
            "",
            "NotImplemented",
            "InvalidArgument",
            "InvalidRequest",
            "BadRequest",
            "MissingContentMD5",
            "MalformedXML");

    private final S3Error error;
    private final String code;
    private final int status;
    private final int attempts;

    private S3Exception(
            S3Error error, String code, int status, int attempts, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.error = error;
        this.code = code;
        this.status = status;
        this.attempts = attempts;
    }

    /**
     * An answer that is an error.
     *
     * @param status the HTTP status
     * @param code S3's code; empty where the answer has none, as to a HEAD
     * @param text what the store says beside it, or null
     * @param attempts how often the request was made
     */
    public static S3Exception answer(
            int status, String code, @Nullable String text, int attempts, @Nullable Throwable cause) {
        String message = "HTTP " + status + " " + code + (text == null ? "" : " (" + text + ")");
        return new S3Exception(S3Error.of(code, status), code, status, attempts, message, cause);
    }

    /** An answer that is an error, to the only attempt. */
    public static S3Exception answer(int status, String code, @Nullable String text) {
        return answer(status, code, text, 1, null);
    }

    /** There was no answer that was whole. */
    public static S3Exception noAnswer(String message, @Nullable Throwable cause) {
        return new S3Exception(S3Error.NO_ANSWER, "", 0, 1, message, cause);
    }

    /** The answer is not what was asked for. */
    public static S3Exception of(S3Error error, String message) {
        return new S3Exception(error, "", 0, 1, message, null);
    }

    @Override
    public String getMessage() {
        return Objects.requireNonNull(super.getMessage());
    }

    /** What kind of error it is. */
    public S3Error error() {
        return error;
    }

    /** S3's code; empty where the answer has none, or there was none. */
    public String code() {
        return code;
    }

    /** The HTTP status; 0 where there was no answer. */
    public int status() {
        return status;
    }

    /** How often the request was made: after more than once, an error may be the echo of an earlier attempt that succeeded. */
    public int attempts() {
        return attempts;
    }

    /** Whether the store does not do what was asked, or not in this form, whoever asks for whatever object. */
    public boolean isRefusal() {
        return switch (status) {
            case 405, 411, 501 -> true;
            case 400 -> REFUSALS.contains(code);
            default -> code.equals("NotImplemented") || code.equals("MethodNotAllowed");
        };
    }
}
