package dev.slipway.ingest.mail;

/** A mail was not accepted. The message has no secrets. */
public final class MailException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean isFinal;

    MailException(String message, boolean isFinal, Throwable cause) {
        super(message, cause);
        this.isFinal = isFinal;
    }

    @Override
    public String getMessage() {
        return String.valueOf(super.getMessage());
    }

    /** Whether the server has refused it for good (5xx), so that another attempt would fail, too. */
    public boolean isFinal() {
        return isFinal;
    }
}
