package dev.slipway.ftps;

/** Whether clients show a certificate in the TLS handshake. It comes in addition to the password. */
public enum ClientCertificates {
    /** None is asked for. */
    OFF,

    /** A certificate is asked for and checked; a client without one is let in. */
    OPTIONAL,

    /** Without a certificate that is trusted, no connection comes about. */
    REQUIRED
}
