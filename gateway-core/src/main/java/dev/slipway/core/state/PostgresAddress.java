package dev.slipway.core.state;

import org.jspecify.annotations.Nullable;

/**
 * Where a PostgreSQL database is, and who may use it.
 *
 * @param url {@code jdbc:postgresql://host:port/database}, with any of the driver's options
 * @param user null for what the URL says, or the driver's default
 * @param password null for none; never printed
 */
public record PostgresAddress(
        String url, @Nullable String user, @Nullable String password) {
    /** How every URL of this kind begins. */
    public static final String SCHEME = "jdbc:postgresql:";

    /** @throws IllegalArgumentException if the URL is not PostgreSQL's */
    public PostgresAddress {
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException(url + " does not begin with " + SCHEME);
        }
    }

    /** The URL without its options, which may hold a password. */
    public String host() {
        int options = url.indexOf('?');
        return options < 0 ? url : url.substring(0, options);
    }

    @Override
    public String toString() {
        return host();
    }
}
