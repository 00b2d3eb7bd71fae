package dev.slipway.admin.api;

import java.util.Locale;

/**
 * The kinds of problems with a request. Each is a {@code type} of <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC
 * 9457</a>.
 */
enum ProblemType {
    INVALID_INPUT(
            400, "The request is not valid", "A field or parameter is missing or invalid; \"errors\" lists each one."),
    UNAUTHENTICATED(
            401,
            "Authentication is required",
            "The request has neither a valid token (Authorization: Bearer …) nor the cookie of a valid session."),
    LOGIN_REFUSED(
            401,
            "The login was refused",
            "The name or the password is wrong, the account may not use HTTP or may not log in from this address, or"
                    + " there were too many failed logins."),
    FORBIDDEN(403, "Permission denied", "The role of the token or account does not allow it."),
    CSRF(
            403,
            "The X-CSRF-Token header is missing or wrong",
            "Changes with a session cookie require the header X-CSRF-Token with the value from the response to the"
                    + " login."),
    INSECURE_LISTENER(
            403,
            "The API is not served here",
            "The listener is not on loopback, has no TLS (admin.tls), and is not behind a TLS proxy (admin.tlsProxy)."),
    NOT_FOUND(404, "Not found", "The path, or the resource that it names, does not exist."),
    METHOD_NOT_ALLOWED(405, "Method not allowed", "The header Allow lists the allowed methods."),
    TIMEOUT(408, "The request did not arrive in time", "The whole request must arrive within admin.requestTimeout."),
    CONFLICT(409, "Conflict with the current state", "Look at the current state of the resource, then decide again."),
    TOO_LARGE(
            413,
            "The request is too large",
            "A request may have up to 256 KiB, and 8 KiB before login. A file may be as large as the store and the part"
                    + " memory allow."),
    UNSUPPORTED_TYPE(415, "The request is not JSON", "A request with a body requires Content-Type: application/json."),
    RANGE_NOT_SATISFIABLE(
            416, "The range is outside of the file", "The header Content-Range has the size of the file."),
    FILE_REFUSED(
            422,
            "The file operation is not possible",
            "\"reason\" says why: the name is not valid, the object is in an archive class, or the store does not"
                    + " support it."),
    ORDER_REFUSED(422, "The order cannot be carried out", "The detail says which part of it is invalid."),
    INTERNAL(500, "Internal error in the gateway", "See the log of the gateway."),
    NOT_AVAILABLE(501, "Not available in this gateway", "It was started without the feature that the request needs."),
    REMOTE_FAILED(502, "The remote server has failed", "\"failure\" names the reason, and the detail explains it."),
    UNAVAILABLE(
            503,
            "Temporarily unavailable",
            "The state database is unreachable, too many requests are in progress, or memory is short. Try again."),
    STORE_UNAVAILABLE(
            503, "The store cannot be used at the moment", "Try again later; the log of the gateway has details."),
    REMOTE_TIMEOUT(504, "The remote server did not answer in time", "Try again, or check the remote server."),
    QUOTA_EXCEEDED(507, "The account's quota is used up", "Delete files, or ask an administrator for more space.");

    private final int status;
    private final String title;
    private final String explanation;

    ProblemType(int status, String title, String explanation) {
        this.status = status;
        this.title = title;
        this.explanation = explanation;
    }

    int status() {
        return status;
    }

    String title() {
        return title;
    }

    /** General advice for this kind of problem. */
    String explanation() {
        return explanation;
    }

    /** Its name in paths. */
    String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A reference relative to the API's own address, where it can be read. */
    String uri() {
        return Routes.BASE + "/problems/" + slug();
    }
}
