package dev.slipway.ftps;

/**
 * Whether data connections must resume TLS sessions (RFC 5077, RFC 8446 section 2.2). A client that resumes the session
 * of its control connection proves that both connections are its own.
 */
public enum SessionReuse {
    /** Clients may resume sessions, and those that have done so must continue to. */
    ADAPTIVE,

    /** A data connection must resume a session of its own control connection. */
    REQUIRE,

    /** Each connection starts its own session. */
    OFF
}
