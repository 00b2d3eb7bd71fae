package dev.slipway.core.s3;

import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A store returned an error, or no answer. The message summarises the answer; it does not name the request. */
public final class S3Exception extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Answers with status 400 of stores that do not know a request or a part of it. */
    private static final Set<String> REFUSALS = Set.of(
            "",
            "NotImplemented",
            "InvalidArgument",
            "InvalidRequest",
            "BadRequest",
            "MissingContentMD5",
            "MalformedXML");

    /** Answers with status 400 that the same request may not get again. */
    private static final Set<String> TEMPORARY = Set.of(
            "RequestTimeout", "ExpiredToken", "TokenRefreshRequired", "Throttling", "ThrottlingException", "SlowDown");

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
     * An error that the store returned.
     *
     * @param status the HTTP status
     * @param code S3's error code; empty if the answer has none, as to a HEAD
     * @param text the store's message, or null
     * @param attempts how often the request was made
     */
    public static S3Exception answer(
            int status, String code, @Nullable String text, int attempts, @Nullable Throwable cause) {
        String message = "HTTP " + status + " " + code + (text == null ? "" : " (" + text + ")");
        return new S3Exception(S3Error.of(code, status), code, status, attempts, message, cause);
    }

    /** An error that the store returned to the only attempt. */
    public static S3Exception answer(int status, String code, @Nullable String text) {
        return answer(status, code, text, 1, null);
    }

    /** The answer did not arrive completely. */
    public static S3Exception noAnswer(String message, @Nullable Throwable cause) {
        return new S3Exception(S3Error.NO_ANSWER, "", 0, 1, message, cause);
    }

    /** The answer is not what was requested. */
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

    /**
     * Whether the store refuses the same request again: there is no such bucket, or something is wrong with the request
     * itself. Problems with credentials and clocks may go away, and so may everything that the store cannot do now.
     */
    public boolean isPermanent() {
        return switch (error) {
            case NO_SUCH_BUCKET, INVALID_ARGUMENT -> true;
            case OTHER ->
                (status == 400 || status == 404 || status == 405 || (status >= 410 && status <= 417 && status != 412))
                        && !TEMPORARY.contains(code);
            case NO_SUCH_KEY,
                    NO_SUCH_UPLOAD,
                    NOT_FOUND,
                    ACCESS_DENIED,
                    INVALID_NAME,
                    TOO_LARGE,
                    PRECONDITION_FAILED,
                    INVALID_RANGE,
                    DAMAGED,
                    NOT_IMPLEMENTED,
                    ARCHIVED,
                    QUOTA_EXCEEDED,
                    NO_ANSWER -> false;
        };
    }

    /** S3's error code; empty if the answer has none, or there was no answer. */
    public String code() {
        return code;
    }

    /** The HTTP status; 0 if there was no answer. */
    public int status() {
        return status;
    }

    /**
     * How often the request was made. After more than one attempt, the error may result from an earlier one that
     * succeeded.
     */
    public int attempts() {
        return attempts;
    }

    /** Whether the store does not support the request, or not in this form, for any caller and any object. */
    public boolean isRefusal() {
        return switch (status) {
            case 405, 411, 501 -> true;
            case 400 -> REFUSALS.contains(code);
            default -> code.equals("NotImplemented") || code.equals("MethodNotAllowed");
        };
    }
}
