package dev.slipway.core.state;

import java.util.Locale;
import java.util.regex.Pattern;
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

    /** An option whose value may be {@code name@server}. */
    private static final Pattern USER_OPTION = Pattern.compile("[?&]user=[^&]*");

    /** @throws IllegalArgumentException if the URL is not PostgreSQL's; the message has nothing of it, whatever it is */
    public PostgresAddress {
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException("the URL does not begin with " + SCHEME);
        }
    }

    /**
     * Whether a URL may have a password in it: before an {@code @}, as other programs take it, or among its options. No part
     * of such a one is shown.
     */
    public static boolean mayHoldPassword(String url) {
        return url.toLowerCase(Locale.ROOT).contains("password=")
                || USER_OPTION.matcher(url).replaceAll("").contains("@");
    }

    /** The URL without its options, and without all that may hold a password. */
    public String host() {
        if (mayHoldPassword(url)) {
            return SCHEME + "***";
        }
        int options = url.indexOf('?');
        return options < 0 ? url : url.substring(0, options);
    }

    @Override
    public String toString() {
        return host();
    }
}
