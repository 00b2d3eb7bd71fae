package dev.slipway.core.setting;

/** A password or a secret key. Prints as {@code ***}, so that it cannot get into a log through a record's toString. */
public final class Secret {
    private final String value;

    public Secret(String value) {
        this.value = value;
    }

    /** The secret itself. */
    public String reveal() {
        return value;
    }

    /** The secret itself, in an array that the caller should clear. */
    public char[] revealChars() {
        return value.toCharArray();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && value.equals(secret.value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "***";
    }
}
