package dev.slipway.admin.api;

import dev.slipway.admin.command.AccountView;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Role;
import dev.slipway.core.state.AccountTable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Accounts: those of the configuration are seen, those of the state database changed as well. */
final class AccountResources {
    private static final String NAME = "[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}";
    private static final String KEY = "the line of a .pub file: type, Base64 and comment";

    private final ApiServices services;
    private final AccountTable table;

    AccountResources(ApiServices services) {
        this.services = services;
        table = new AccountTable(services.database());
    }

    List<Route> routes() {
        Set<String> none = Set.of();
        return List.of(
                new Route("GET", "/accounts", Role.VIEWER, none, _ -> list()),
                new Route("POST", "/accounts", Role.ADMIN, none, this::create),
                new Route("GET", "/accounts/{name}", Role.VIEWER, none, request -> show(request.name("name"))),
                new Route("PATCH", "/accounts/{name}", Role.ADMIN, none, this::change),
                new Route("DELETE", "/accounts/{name}", Role.ADMIN, none, this::remove),
                new Route("PUT", "/accounts/{name}/password", Role.ADMIN, none, this::setPassword),
                new Route("DELETE", "/accounts/{name}/password", Role.ADMIN, none, this::removePassword),
                new Route("POST", "/accounts/{name}/keys", Role.ADMIN, none, this::addKey),
                new Route("DELETE", "/accounts/{name}/keys/{fingerprint}", Role.ADMIN, none, this::removeKey));
    }

    private AuthorizedKey key(String line) {
        AuthorizedKey key = services.keys().apply(line);
        if (key.comment().chars().anyMatch(Character::isISOControl)) {
            throw new IllegalArgumentException("the comment contains control characters");
        }
        return key;
    }

    private Optional<AccountEntry> configured(String name) {
        return services.configured().stream()
                .filter(entry -> entry.name().equals(name))
                .findFirst();
    }

    private static Map<String, @Nullable Object> json(AccountEntry entry, boolean configured) {
        return new AccountView(entry, configured).json();
    }

    /** Those that are in force: of two with one name the configured one. */
    private ApiResponse list() {
        record One(String name, Map<String, @Nullable Object> json) {}
        List<One> all = new ArrayList<>();
        services.configured().forEach(entry -> all.add(new One(entry.name(), json(entry, true))));
        for (AccountEntry entry : table.read().entries()) {
            if (configured(entry.name()).isEmpty()) {
                all.add(new One(entry.name(), json(entry, false)));
            }
        }
        all.sort(Comparator.comparing(One::name));
        return ApiResponse.ok(Map.of("accounts", all.stream().map(One::json).toList()));
    }

    private ApiResponse show(String name) {
        Optional<AccountEntry> configured = configured(name);
        return ApiResponse.ok(
                configured.isPresent()
                        ? json(configured.get(), true)
                        : json(table.find(name).orElseThrow(() -> unknown(name)), false));
    }

    private static ProblemException unknown(String name) {
        return ProblemException.notFound("no such account: '" + name + "'");
    }

    private ApiResponse create(ApiRequest request) {
        Input body = request.body();
        String expected = "letters, digits and . _ @ + - , at most 64, a letter or digit first";
        String name = body.requiredText("name", expected);
        if (!name.isBlank() && !name.matches(NAME)) {
            body.refuse("name", "'" + name + "' has invalid characters or is too long", expected);
        }
        String bucket = services.bucket();
        if (!body.has("mounts") && bucket == null) {
            body.refuse("mounts", "it is missing, and the configuration has no s3.bucket", "at least one mount");
        }
        // Of no consequence where mounts are given, or are missing.
        Mount whole = new Mount(VirtualPath.ROOT, bucket == null ? "none" : bucket, "", false);
        AccountEntry plain = AccountEntry.of(
                new Account("new", List.of(whole), EnumSet.allOf(Permission.class)).withResume(ResumePolicy.STAT),
                null,
                List.of());
        AccountEntry described = AccountJson.change(plain, body);
        List<AuthorizedKey> keys = body.parsedList("keys", KEY, this::key);
        PasswordHash password = AccountJson.password(body);
        body.check();
        AccountEntry entry = described
                .withAccount(named(described.account(), name))
                .withPassword(password)
                .withKeys(keys);
        if (configured(name).isPresent() || !table.add(entry)) {
            throw ProblemException.conflict("the account '" + name + "' already exists"
                    + (configured(name).isPresent() ? ", in the configuration" : ""));
        }
        return ApiResponse.created(Routes.BASE + "/accounts/" + name, json(entry, false));
    }

    private static Account named(Account account, String name) {
        return new Account(
                name,
                account.mounts(),
                account.permissions(),
                account.options(),
                account.maxSessions(),
                account.resume(),
                account.limits(),
                account.remotes());
    }

    /** The account that a request names, which must be one that can be changed. */
    private AccountEntry changeable(ApiRequest request) {
        String name = request.name("name");
        if (configured(name).isPresent()) {
            throw ProblemException.conflict(
                    "the account '" + name + "' is in the configuration file; change it there and restart the gateway");
        }
        return table.find(name).orElseThrow(() -> unknown(name));
    }

    private AccountEntry change(String name, UnaryOperator<AccountEntry> change) {
        return table.change(name, change).orElseThrow(() -> unknown(name));
    }

    private ApiResponse change(ApiRequest request) {
        AccountEntry before = changeable(request);
        Input body = request.body();
        AccountEntry _ = AccountJson.change(before, body);
        body.check();
        return ApiResponse.ok(json(change(before.name(), entry -> AccountJson.change(entry, body)), false));
    }

    private ApiResponse remove(ApiRequest request) {
        AccountEntry entry = changeable(request);
        if (!table.remove(entry.name())) {
            throw unknown(entry.name());
        }
        return ApiResponse.nothing();
    }

    private ApiResponse setPassword(ApiRequest request) {
        AccountEntry before = changeable(request);
        Input body = request.body();
        PasswordHash password = AccountJson.password(body);
        if (!body.has("password") || body.isNull("password")) {
            body.refuse("password", "it is missing", "the new password");
        }
        body.check();
        AccountEntry _ = change(before.name(), entry -> entry.withPassword(password));
        return ApiResponse.nothing();
    }

    private ApiResponse removePassword(ApiRequest request) {
        AccountEntry _ = change(changeable(request).name(), entry -> entry.withPassword(null));
        return ApiResponse.nothing();
    }

    private ApiResponse addKey(ApiRequest request) {
        AccountEntry before = changeable(request);
        Input body = request.body();
        AuthorizedKey key = body.parsed("key", KEY, this::key);
        if (!body.has("key")) {
            body.refuse("key", "it is missing", KEY);
        }
        body.check();
        if (key == null) {
            throw ProblemException.invalid(new FieldError("key", FieldError.Place.BODY, "it is null", KEY));
        }
        AccountEntry _ = change(before.name(), entry -> {
            List<AuthorizedKey> keys = without(entry, key.fingerprint());
            keys.add(key);
            return entry.withKeys(keys);
        });
        return ApiResponse.of(201, ApiResponse.JSON, ApiJson.format(AccountJson.show(key)));
    }

    private static List<AuthorizedKey> without(AccountEntry entry, String fingerprint) {
        List<AuthorizedKey> keys = new ArrayList<>(entry.keys());
        keys.removeIf(key -> key.fingerprint().equals(fingerprint));
        return keys;
    }

    private ApiResponse removeKey(ApiRequest request) {
        AccountEntry before = changeable(request);
        String fingerprint = request.name("fingerprint");
        if (before.keys().stream().noneMatch(key -> key.fingerprint().equals(fingerprint))) {
            throw ProblemException.notFound("account '" + before.name() + "' has no key " + fingerprint);
        }
        AccountEntry _ = change(before.name(), entry -> entry.withKeys(without(entry, fingerprint)));
        return ApiResponse.nothing();
    }
}
