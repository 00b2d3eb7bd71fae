package dev.slipway.ftps;

/** Whose TLS FTPS speaks. */
public enum TlsProvider {
    /**
     * BoringSSL's, by netty-tcnative: a third of the JDK's CPU time for a handshake. It is the JDK's all the same where the
     * library does not load, for keys that are neither RSA nor EC, with client certificates, and where Java has suites of
     * TLS 1.3 disabled.
     */
    NATIVE,

    /** The Java runtime's own. */
    JDK
}
