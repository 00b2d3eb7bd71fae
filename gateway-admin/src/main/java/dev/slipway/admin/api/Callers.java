package dev.slipway.admin.api;

import dev.slipway.admin.management.ManagementException;
import dev.slipway.admin.management.Principal;
import dev.slipway.admin.management.Right;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.core.state.ApiTokenTable;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Authenticates and authorises requests. Safe for use by several threads. */
final class Callers {
    private static final String BEARER = "bearer ";

    /** The last use of a token is recorded with a precision of one minute, so that not every request writes. */
    private static final Duration USE = Duration.ofMinutes(1);

    /** What a page requests while nobody uses it. Such requests do not keep a login from ending when it is idle. */
    private static final String BACKGROUND = "X-Slipway-Background";

    private final ApiServices services;
    private final ApiTokenTable tokens;
    private final Clock clock;
    private final Logins logins;

    Callers(ApiServices services, ApiSettings settings, Clock clock) {
        this.services = services;
        this.clock = clock;
        tokens = new ApiTokenTable(services.database());
        logins = new Logins(settings.isHttps(), clock);
    }

    Logins logins() {
        return logins;
    }

    /**
     * The sender of a request.
     *
     * @param login its login; null for a token
     * @param account the account of the login, as it is now; null for a token
     */
    record Caller(
            Principal principal,
            Logins.@Nullable Login login,
            @Nullable Account account) {}

    /**
     * The sender of a request with these headers. Blocks for the database.
     *
     * @throws ProblemException the sender is unknown
     */
    Caller authenticate(Function<String, @Nullable String> headers, InetAddress address) {
        String authorization = headers.apply("Authorization");
        if (authorization != null) {
            return new Caller(bearer(authorization, address), null, null);
        }
        String cookie = headers.apply("Cookie");
        Logins.Login login = isBackground(headers) ? logins.look(cookie) : logins.find(cookie);
        if (login != null) {
            Optional<Account> account = services.directory().current(login.account(), address);
            if (account.isPresent()) {
                return new Caller(principal(login, account.get()), login, account.get());
            }
            logins.end(login);
        }
        throw unauthenticated(
                "the request has no token: send the header Authorization: Bearer TOKEN with a token from slipway token"
                        + " add, or log in",
                "");
    }

    /** The principal of a login; others than administrators only have what is their own. */
    private Principal principal(Logins.Login login, Account account) {
        return account.has(AccountOption.ADMIN)
                ? Principal.administrator(account.name(), services.directory().tokenOwner(login.account()))
                : Principal.account(account.name());
    }

    private Principal bearer(String authorization, InetAddress address) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith(BEARER)) {
            throw unauthenticated("the Authorization header must have the form Bearer TOKEN", "");
        }
        String secret = authorization.substring(BEARER.length()).strip();
        Instant now = clock.instant();
        ApiToken token = tokens.find(secret)
                .filter(found -> found.isInForce(now) && isOwnerCurrent(found, address))
                .orElseThrow(() -> unauthenticated(
                        "the token is not valid: it is wrong, was removed or has expired, or the account that added it"
                                + " can no longer log in",
                        ", error=\"invalid_token\""));
        Instant lastUsed = token.lastUsed();
        if (lastUsed == null || lastUsed.plus(USE).isBefore(now)) {
            tokens.used(token.name(), now);
        }
        return Principal.token(token.name(), token.role(), token.owner());
    }

    private boolean isOwnerCurrent(ApiToken token, InetAddress address) {
        TokenOwner owner = token.owner();
        return owner == null || services.directory().isCurrent(owner, address);
    }

    private static ProblemException unauthenticated(String detail, String error) {
        // RFC 6750 section 3
        return new ProblemException(ProblemType.UNAUTHENTICATED, detail)
                .withHeader("WWW-Authenticate", "Bearer realm=\"slipway\"" + error);
    }

    /** Browsers reopen streams by themselves, and cannot send {@link #BACKGROUND} with them. */
    private static boolean isBackground(Function<String, @Nullable String> headers) {
        return headers.apply(BACKGROUND) != null
                || Objects.requireNonNullElse(headers.apply("Accept"), "")
                        .toLowerCase(Locale.ROOT)
                        .contains("text/event-stream");
    }

    /**
     * Fails unless a request is permitted, before its body is read.
     *
     * @throws ManagementException the sender has not the right
     * @throws ProblemException a change with a session cookie lacks its header
     */
    void authorize(Caller caller, Access access, boolean changes, Function<String, @Nullable String> headers)
            throws ManagementException {
        switch (access) {
            case Access.Public _, Access.Authenticated _ -> {}
            case Access.Requires(Right right) -> caller.principal().require(right);
            case Access.Own _ -> {
                if (caller.login() == null) {
                    throw new ProblemException(
                            ProblemType.FORBIDDEN,
                            "this is for accounts that have logged in: a token has no files and no password");
                }
            }
        }
        Logins.Login login = caller.login();
        if (login != null && changes) {
            String shown = Objects.requireNonNullElse(headers.apply("X-CSRF-Token"), "");
            if (!MessageDigest.isEqual(
                    shown.getBytes(StandardCharsets.UTF_8), login.csrfToken().getBytes(StandardCharsets.UTF_8))) {
                throw new ProblemException(
                        ProblemType.CSRF,
                        "changes with a session cookie require the header X-CSRF-Token; its value is in the response"
                                + " to the login, and in " + Routes.BASE + "/self");
            }
        }
    }

    /**
     * Whether the sender would still be authenticated and have a right. Asked again and again while a stream is open, so it does not
     * count as use of a login. Blocks for the database.
     */
    boolean isStillWelcome(Function<String, @Nullable String> headers, InetAddress address, Right right) {
        try {
            authenticate(name -> name.equals(BACKGROUND) ? "stream" : headers.apply(name), address)
                    .principal()
                    .require(right);
            return true;
        } catch (ProblemException | ManagementException e) {
            return false;
        }
    }

    /** Logs in an account. Blocks while the password is hashed. */
    Optional<Caller> logIn(String name, char[] password, InetAddress address) {
        AccountDirectory directory = services.directory();
        return directory
                .authenticateOverHttp(name, password, address)
                .flatMap(account -> directory.current(account, address).map(current -> {
                    Logins.Login login = logins.begin(account);
                    return new Caller(principal(login, current), login, current);
                }));
    }
}
