package dev.slipway.admin.api;

import java.util.Locale;

/** What can be wrong with a request. Each is a {@code type} of <a href="https://www.rfc-editor.org/rfc/rfc9457">RFC 9457</a>. */
enum ProblemType {
    INVALID_INPUT(
            400,
            "The request is not valid",
            "Something in the request is missing or wrong; \"errors\" lists each field."),
    UNAUTHENTICATED(
            401,
            "Who are you?",
            "The request has neither a token (Authorization: Bearer …) nor the cookie of a session that is in force."),
    LOGIN_REFUSED(
            401,
            "The login was refused",
            "The name or the password is wrong, the account may not administer the gateway or not log in from there, or"
                    + " there were too many failed logins just before."),
    FORBIDDEN(403, "You may not do that", "The role of the token or account does not allow it."),
    CSRF(
            403,
            "The X-CSRF-Token header is missing or wrong",
            "Changes with the cookie of a session need the header X-CSRF-Token with the value that the login has answered."),
    INSECURE_LISTENER(
            403,
            "The API is not served here",
            "The listener is neither on loopback, nor has it TLS (admin.tls), nor does the configuration say that a TLS"
                    + " proxy is before it (admin.tlsProxy)."),
    NOT_FOUND(404, "There is no such thing", "The path, or what it names, does not exist."),
    METHOD_NOT_ALLOWED(405, "That cannot be done with this resource", "The header Allow lists what can."),
    TIMEOUT(
            408,
            "The request did not arrive in time",
            "The whole request must arrive within the time that admin.requestTimeout allows."),
    CONFLICT(409, "The state of things does not allow it", "Look at the resource as it is now, and decide again."),
    TOO_LARGE(413, "The request is too large", "A request may have 256 KiB, and 8 KiB before anybody has logged in."),
    UNSUPPORTED_TYPE(415, "The request is no JSON", "A request with a body needs Content-Type: application/json."),
    ORDER_REFUSED(422, "The order cannot be carried out as it stands", "The detail says which part of it is wrong."),
    INTERNAL(500, "The gateway has failed", "That is a defect; the log of the gateway says more."),
    NOT_AVAILABLE(501, "This gateway does not do that", "It was started without what the request needs."),
    REMOTE_FAILED(502, "The remote server has failed", "\"failure\" says why, and the detail in words."),
    UNAVAILABLE(503, "Not at this moment", "The state database cannot be reached, or too many requests are under way."),
    REMOTE_TIMEOUT(504, "The remote server does not answer in time", "Try again, or look after the remote server.");

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

    /** What to do about it, for everybody who meets it. */
    String explanation() {
        return explanation;
    }

    /** Its name in paths. */
    String slug() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** A reference that is relative to the API's own address, and can be read there. */
    String uri() {
        return Routes.BASE + "/problems/" + slug();
    }
}
