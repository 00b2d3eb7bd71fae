package dev.slipway.admin.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.account.AccountDirectory.HttpLogin;
import dev.slipway.core.account.ApiToken;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Browser logins. They are kept in memory only, so a restart ends them. Safe for use by several threads; nothing
 * blocks.
 */
final class Logins {
    private static final Duration LONGEST = Duration.ofHours(12);
    private static final Duration IDLE = Duration.ofMinutes(30);
    private static final int MOST = 1000;
    private static final int MOST_OF_ACCOUNT = 20;
    private static final int RANDOM_BYTES = 32;

    private final SecureRandom random = new SecureRandom();

    @GuardedBy("this")
    private final Map<String, Login> logins = new LinkedHashMap<>();

    private final boolean https;
    private final Clock clock;

    /** A login. */
    static final class Login {
        private final HttpLogin account;
        private final String secret;
        private final String csrfToken;
        private final Instant ends;
        private Instant lastUsed;

        private Login(HttpLogin account, String secret, String csrfToken, Instant now) {
            this.account = account;
            this.secret = secret;
            this.csrfToken = csrfToken;
            ends = now.plus(LONGEST);
            lastUsed = now;
        }

        /** As it was then. */
        HttpLogin account() {
            return account;
        }

        /** The required header value for changes, which other sites cannot read. */
        String csrfToken() {
            return csrfToken;
        }

        /** When it ends at the latest. */
        Instant ends() {
            return ends;
        }
    }

    /** @param https whether browsers may send the cookie over https only */
    Logins(boolean https, Clock clock) {
        this.https = https;
        this.clock = clock;
    }

    private String random() {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /** Begins a login. At a limit, another one ends: the account's oldest, or the oldest of all. */
    synchronized Login begin(HttpLogin account) {
        Instant now = clock.instant();
        logins.values().removeIf(login -> isOver(login, now));
        List<Login> own = logins.values().stream()
                .filter(login -> login.account.name().equals(account.name()))
                .toList();
        if (own.size() >= MOST_OF_ACCOUNT) {
            end(own.getFirst());
        } else if (logins.size() >= MOST) {
            logins.remove(logins.keySet().iterator().next());
        }
        Login login = new Login(account, random(), random(), now);
        logins.put(ApiToken.hash(login.secret), login);
        return login;
    }

    private static boolean isOver(Login login, Instant now) {
        return !now.isBefore(login.ends) || now.isAfter(login.lastUsed.plus(IDLE));
    }

    /**
     * The login of a cookie, whose idle time starts anew.
     *
     * @param header {@code Cookie}; null if there was none
     */
    synchronized @Nullable Login find(@Nullable String header) {
        Login login = look(header);
        if (login != null) {
            login.lastUsed = clock.instant();
        }
        return login;
    }

    /** Likewise, but its idle time goes on: for what a page does without its user. */
    synchronized @Nullable Login look(@Nullable String header) {
        String secret = secret(header);
        Login login = secret == null ? null : logins.get(ApiToken.hash(secret));
        return login == null || isOver(login, clock.instant()) ? null : login;
    }

    private @Nullable String secret(@Nullable String header) {
        if (header == null) {
            return null;
        }
        for (String pair : header.split(";", -1)) {
            String[] parts = pair.strip().split("=", 2);
            if (parts.length == 2 && parts[0].equals(name())) {
                return parts[1];
            }
        }
        return null;
    }

    /** Starts the idle time of a login anew, if it has not ended. */
    synchronized void use(Login login) {
        if (has(login)) {
            login.lastUsed = clock.instant();
        }
    }

    /** Whether a login has neither ended nor been idle for too long. */
    synchronized boolean has(Login login) {
        return logins.containsValue(login) && !isOver(login, clock.instant());
    }

    synchronized void end(Login login) {
        logins.remove(ApiToken.hash(login.secret));
    }

    /** With the prefix {@code __Host-}, no other host and no page without https can set the cookie (RFC 6265bis). */
    private String name() {
        return https ? "__Host-slipway" : "slipway";
    }

    /** The header {@code Set-Cookie} for a login. The prefix {@code __Host-} requires the path {@code /}. */
    String cookie(Login login) {
        return cookie(login.secret, LONGEST);
    }

    /** The header that removes it. */
    String noCookie() {
        return cookie("", Duration.ZERO);
    }

    private String cookie(String value, Duration age) {
        return name() + "=" + value + "; Path=" + (https ? "/" : Routes.BASE) + "; Max-Age=" + age.toSeconds()
                + "; HttpOnly; SameSite=Strict" + (https ? "; Secure" : "");
    }
}
