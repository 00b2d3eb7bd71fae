package dev.slipway.ftps;

/**
 * What is made of TLS session resumption on data connections (RFC 5077, RFC 8446 section 2.2). A client that resumes the
 * session of its control connection proves that both connections are its own.
 */
public enum SessionReuse {
    /** Clients may resume sessions, and those that have shown that they can must go on doing so. */
    ADAPTIVE,

    /** A data connection must resume a session of its own control connection. */
    REQUIRE,

    /** Each connection begins a session of its own. */
    OFF
}
