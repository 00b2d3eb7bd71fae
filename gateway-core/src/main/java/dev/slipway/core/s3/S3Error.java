package dev.slipway.core.s3;

import dev.slipway.core.Failure;

/**
 * The kinds of errors that a store returns. See <a
 * href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">S3, error responses</a>.
 */
public enum S3Error {
    /** There is no such object. */
    NO_SUCH_KEY(Failure.NOT_FOUND),
    /** There is no such multipart upload. */
    NO_SUCH_UPLOAD(Failure.NOT_FOUND),
    /** There is no such bucket: to a gateway, the store is unusable. */
    NO_SUCH_BUCKET(Failure.UNAVAILABLE),
    /** Something is missing, but the answer does not say what; the answer to a HEAD cannot. */
    NOT_FOUND(Failure.NOT_FOUND),
    /** The credentials lack a permission. */
    ACCESS_DENIED(Failure.PERMISSION_DENIED),
    /** No object can have this key. */
    INVALID_NAME(Failure.NAME_INVALID),
    /** The store does not accept an argument. If only the key is unusual, the key is meant. */
    INVALID_ARGUMENT(Failure.UNAVAILABLE),
    /** The object would be too large. */
    TOO_LARGE(Failure.TOO_LARGE),
    /** A condition does not hold, or a concurrent request to the same key won. */
    PRECONDITION_FAILED(Failure.CONFLICT),
    /** The object ends before the range. */
    INVALID_RANGE(Failure.UNAVAILABLE),
    /** The bytes differ from those that were sent or requested. */
    DAMAGED(Failure.INTEGRITY),
    /** The store does not support the request. */
    NOT_IMPLEMENTED(Failure.UNSUPPORTED),
    /** The object is archived and must be restored first. */
    ARCHIVED(Failure.ARCHIVED),
    /** The store has no more space for this bucket. */
    QUOTA_EXCEEDED(Failure.QUOTA_EXCEEDED),
    /**
     * Anything else: an error of the store, a problem with the gateway's credentials or clock, or too many requests.
     */
    OTHER(Failure.UNAVAILABLE),
    /** The store's answer did not arrive completely. The store may have performed the request. */
    NO_ANSWER(Failure.UNAVAILABLE);

    private final Failure failure;

    S3Error(Failure failure) {
        this.failure = failure;
    }

    /** What the error means for the gateway's clients, if nothing more is known. */
    public Failure failure() {
        return failure;
    }

    /**
     * Classifies an answer.
     *
     * @param code S3's error code; empty if there is none
     * @param status the HTTP status, which decides if the code does not; 0 if there is none
     */
    public static S3Error of(String code, int status) {
        return switch (code) {
            case "NoSuchKey" -> NO_SUCH_KEY;
            case "NoSuchUpload" -> NO_SUCH_UPLOAD;
            case "NoSuchBucket" -> NO_SUCH_BUCKET;
            case "AccessDenied", "AllAccessDisabled", "MethodNotAllowed" -> ACCESS_DENIED;
            case "KeyTooLongError",
                    "InvalidObjectName",
                    "XMinioInvalidObjectName",
                    "XMinioInvalidResourceName",
                    "XMinioParentIsObject",
                    "ObjectParentIsFile",
                    "ExistingObjectIsDirectory" -> INVALID_NAME;
            case "InvalidArgument" -> INVALID_ARGUMENT;
            case "EntityTooLarge" -> TOO_LARGE;
            case "PreconditionFailed", "ConditionalRequestConflict", "OperationAborted" -> PRECONDITION_FAILED;
            case "InvalidRange" -> INVALID_RANGE;
            case "BadDigest", "InvalidDigest", "XAmzContentSHA256Mismatch", "XAmzContentChecksumMismatch" -> DAMAGED;
            case "NotImplemented" -> NOT_IMPLEMENTED;
            // The first answers a GET, the second a copy.
            case "InvalidObjectState", "ObjectNotInActiveTierError" -> ARCHIVED;
            case "QuotaExceeded", "XMinioAdminBucketQuotaExceeded" -> QUOTA_EXCEEDED;
            // A problem of the gateway's own credentials, clock, account or bucket: clients cannot avoid it. Most of
            // these come with a 403.
            case "AccountProblem",
                    "NotSignedUp",
                    "InvalidSecurity",
                    "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "TokenRefreshRequired",
                    "RequestTimeTooSkewed",
                    "RequestExpired",
                    "PermanentRedirect",
                    "AuthorizationHeaderMalformed",
                    "SlowDown" -> OTHER;
            default -> of(status);
        };
    }

    private static S3Error of(int status) {
        return switch (status) {
            case 404 -> NOT_FOUND;
            case 403 -> ACCESS_DENIED;
            case 409, 412 -> PRECONDITION_FAILED;
            case 416 -> INVALID_RANGE;
            case 501 -> NOT_IMPLEMENTED;
            case 507 -> QUOTA_EXCEEDED;
            default -> OTHER;
        };
    }
}
