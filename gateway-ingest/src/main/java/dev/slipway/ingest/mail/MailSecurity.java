package dev.slipway.ingest.mail;

/** How the connection to the mail server is encrypted. */
public enum MailSecurity {
    /** It begins in clear text and must become TLS before anything is said (RFC 3207). */
    STARTTLS,
    /** It begins with TLS (RFC 8314). */
    IMPLICIT,
    /** Not at all. */
    NONE
}
