package dev.slipway.ftps;

/** Whose TLS FTPS speaks. */
public enum TlsProvider {
    /**
     * BoringSSL, by netty-tcnative: a third of the JDK's CPU time for a handshake. The JDK's TLS is used instead if the
     * library does not load, for keys that are neither RSA nor EC, with client certificates, and if Java has disabled a
     * TLS 1.3 cipher suite.
     */
    NATIVE,

    /** The Java runtime's own. */
    JDK
}
