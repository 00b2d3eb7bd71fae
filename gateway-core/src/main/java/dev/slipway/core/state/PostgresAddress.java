package dev.slipway.core.state;

import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The address of a PostgreSQL database, and the credentials for it.
 *
 * @param url {@code jdbc:postgresql://host:port/database}, with any of the driver's options
 * @param user null for the user in the URL, or the driver's default
 * @param password null for none; never printed
 */
public record PostgresAddress(
        String url, @Nullable String user, @Nullable String password) {
    /** The prefix of all these URLs. */
    public static final String SCHEME = "jdbc:postgresql:";

    /** An option whose value may be {@code name@server}. */
    private static final Pattern USER_OPTION = Pattern.compile("[?&]user=[^&]*");

    /** @throws IllegalArgumentException if the URL is not PostgreSQL's; the message contains no part of it */
    public PostgresAddress {
        if (!url.startsWith(SCHEME)) {
            throw new IllegalArgumentException("the URL does not begin with " + SCHEME);
        }
    }

    /**
     * Whether a URL may contain a password: before an {@code @}, as other programs accept it, or among its options.
     * Such URLs are not shown at all.
     */
    public static boolean mayHoldPassword(String url) {
        return url.toLowerCase(Locale.ROOT).contains("password=")
                || USER_OPTION.matcher(url).replaceAll("").contains("@");
    }

    /** The URL without its options, and without any part that may contain a password. */
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
