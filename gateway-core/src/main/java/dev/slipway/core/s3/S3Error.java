package dev.slipway.core.s3;

import dev.slipway.core.Failure;

/**
 * What kind of error a store has answered with. See
 * <a href="https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html">S3, error responses</a>.
 */
public enum S3Error {
    /** There is no such object. */
    NO_SUCH_KEY(Failure.NOT_FOUND),
    /** There is no such multipart upload. */
    NO_SUCH_UPLOAD(Failure.NOT_FOUND),
    /** There is no such bucket: for a gateway that is a store which cannot be used. */
    NO_SUCH_BUCKET(Failure.UNAVAILABLE),
    /** Something is missing, and the answer does not say what: to a HEAD it cannot. */
    NOT_FOUND(Failure.NOT_FOUND),
    /** The credentials may not do this. */
    ACCESS_DENIED(Failure.PERMISSION_DENIED),
    /** No object can have this key. */
    INVALID_NAME(Failure.NAME_INVALID),
    /** An argument that the store does not take. Where nothing but the key is unusual, that is what it means. */
    INVALID_ARGUMENT(Failure.UNAVAILABLE),
    /** More than an object may have. */
    TOO_LARGE(Failure.TOO_LARGE),
    /** A condition does not hold, or another request to the same key was faster. */
    PRECONDITION_FAILED(Failure.CONFLICT),
    /** The object has no byte of the range. */
    INVALID_RANGE(Failure.UNAVAILABLE),
    /** The bytes are not what was sent, or what was asked for. */
    DAMAGED(Failure.INTEGRITY),
    /** The store does not do this. */
    NOT_IMPLEMENTED(Failure.UNSUPPORTED),
    /** The object is in an archive, and has to be restored before. */
    ARCHIVED(Failure.ARCHIVED),
    /** The store has no more space for this bucket. */
    QUOTA_EXCEEDED(Failure.QUOTA_EXCEEDED),
    /** Anything else: an error of the store, of the gateway's credentials or clock, or too many requests. */
    OTHER(Failure.UNAVAILABLE),
    /** No answer that was whole. The store may have done what it was asked for. */
    NO_ANSWER(Failure.UNAVAILABLE);

    private final Failure failure;

    S3Error(Failure failure) {
        this.failure = failure;
    }

    /** What it is to the client of a gateway, if nothing more is known. */
    public Failure failure() {
        return failure;
    }

    /**
     * What an answer means.
     *
     * @param code S3's code; empty where there is none
     * @param status the HTTP status, which decides where the code says nothing; 0 where there is none
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
            // The first is the answer to a GET, the second to a copy.
            case "InvalidObjectState", "ObjectNotInActiveTierError" -> ARCHIVED;
            case "QuotaExceeded", "XMinioAdminBucketQuotaExceeded" -> QUOTA_EXCEEDED;
            // The gateway's own credentials, clock, account or bucket: nothing that the client could have done
            // differently. Most of them come with a 403.
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
