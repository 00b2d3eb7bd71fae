package dev.slipway.ftps;

/** Whether clients present a certificate in the TLS handshake, in addition to the password. */
public enum ClientCertificates {
    /** None is asked for. */
    OFF,

    /** A certificate is requested and checked; a client without one is accepted. */
    OPTIONAL,

    /** The handshake fails without a trusted certificate. */
    REQUIRED
}
