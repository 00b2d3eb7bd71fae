package dev.slipway.transfer.remote;

/** How the gateway logs in to a remote. */
public enum Authentication {
    /** With a password. */
    PASSWORD,
    /** With a private key. */
    KEY,
    /** With the keys of the agent at {@code SSH_AUTH_SOCK}. */
    AGENT;

    /** How these credentials log in. */
    public static Authentication of(Credentials credentials) {
        return switch (credentials) {
            case Credentials.Password _ -> PASSWORD;
            case Credentials.PrivateKey _ -> KEY;
            case Credentials.Agent _ -> AGENT;
        };
    }
}
