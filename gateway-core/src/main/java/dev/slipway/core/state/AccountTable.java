package dev.slipway.core.state;

import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountRepository;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The accounts in the state database. Expiry is kept in whole seconds. */
public final class AccountTable implements AccountRepository {
    private static final Logger log = LoggerFactory.getLogger(AccountTable.class);

    /** The value for "no limit". */
    private static final Long UNLIMITED = -1L;

    private final StateDatabase database;

    public AccountTable(StateDatabase database) {
        this.database = database;
    }

    private record Row(
            String name,
            @Nullable String password,
            String permissions,
            boolean enabled,
            @Nullable Long expires,
            String protocols,
            String networks,
            String options,
            @Nullable Integer maxSessions,
            String resume,
            AccountLimits limits,
            String principals,
            String remotes) {}

    private record MountRow(
            String account, String path, String bucket, String prefix, boolean readOnly, boolean archives) {
        Mount mount() {
            return new Mount(parse(path), bucket, prefix, readOnly, archives);
        }
    }

    private record KeyRow(String account, String line, String comment) {
        AuthorizedKey key() {
            return AuthorizedKey.parse(line, comment);
        }
    }

    @Override
    public long revision() {
        return database.read(AccountTable::revision);
    }

    private static long revision(Handle handle) {
        return handle.createQuery("SELECT number FROM revisions WHERE name = 'accounts'")
                .mapTo(Long.class)
                .one();
    }

    /** Reads all accounts. An invalid row, edited by hand, is skipped and logged. */
    @Override
    public Snapshot read() {
        return database.inTransaction(handle -> new Snapshot(revision(handle), entries(handle, "")));
    }

    /** Finds an account by name. */
    public Optional<AccountEntry> find(String name) {
        return database.inTransaction(handle -> find(handle, name));
    }

    private static Optional<AccountEntry> find(Handle handle, String name) {
        return entries(handle, name).stream().findFirst();
    }

    /** @param name the only account to read; empty for all */
    private static List<AccountEntry> entries(Handle handle, String name) {
        Map<String, List<MountRow>> mounts = handle
                .createQuery("SELECT account, path, bucket, prefix, read_only, archives FROM account_mounts"
                        + " WHERE :name IN ('', account) ORDER BY account, path")
                .bind("name", name)
                .map((row, context) -> new MountRow(
                        row.getString(1),
                        row.getString(2),
                        row.getString(3),
                        row.getString(4),
                        row.getBoolean(5),
                        row.getBoolean(6)))
                .stream()
                .collect(Collectors.groupingBy(MountRow::account));
        Map<String, List<KeyRow>> keys = handle
                .createQuery("SELECT account, line, comment FROM account_keys WHERE :name IN ('', account)"
                        + " ORDER BY account, comment, line")
                .bind("name", name)
                .map((row, context) -> new KeyRow(row.getString(1), row.getString(2), row.getString(3)))
                .stream()
                .collect(Collectors.groupingBy(KeyRow::account));
        List<AccountEntry> entries = new ArrayList<>();
        handle.createQuery("SELECT name, password, permissions, enabled, expires, protocols, networks, options,"
                        + " max_sessions, resume, quota_bytes, quota_files, upload_rate, download_rate, principals,"
                        + " remotes FROM accounts WHERE :name IN ('', name) ORDER BY name")
                .bind("name", name)
                .map((row, context) -> {
                    long expires = row.getLong(5);
                    Long orNever = row.wasNull() ? null : expires;
                    int maxSessions = row.getInt(9);
                    Integer orUnlimited = row.wasNull() ? null : maxSessions;
                    return new Row(
                            row.getString(1),
                            row.getString(2),
                            row.getString(3),
                            row.getBoolean(4),
                            orNever,
                            row.getString(6),
                            row.getString(7),
                            row.getString(8),
                            orUnlimited,
                            row.getString(10),
                            new AccountLimits(limit(row, 11), limit(row, 12), limit(row, 13), limit(row, 14)),
                            row.getString(15),
                            row.getString(16));
                })
                .forEach(row -> {
                    try {
                        entries.add(entry(
                                row,
                                mounts.getOrDefault(row.name(), List.of()),
                                keys.getOrDefault(row.name(), List.of())));
                    } catch (IllegalArgumentException e) {
                        log.error("The account '{}' in the state database is damaged: {}", row.name(), e.getMessage());
                    }
                });
        return entries;
    }

    private static long limit(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        if (row.wasNull()) {
            return AccountLimits.BY_DEFAULT;
        }
        return value < 0 ? AccountLimits.NONE : value;
    }

    private static @Nullable Long limit(long value) {
        if (value == AccountLimits.BY_DEFAULT) {
            return null;
        }
        return value == AccountLimits.NONE ? UNLIMITED : (Long) value;
    }

    private static VirtualPath parse(String path) {
        try {
            return VirtualPath.parse(path);
        } catch (VfsException e) {
            throw new IllegalArgumentException("the path of a mount is '" + path + "'", e);
        }
    }

    private static AccountEntry entry(Row row, List<MountRow> mounts, List<KeyRow> keys) {
        return new AccountEntry(
                new Account(
                        row.name(),
                        mounts.stream().map(MountRow::mount).toList(),
                        constants(row.permissions(), Permission.class),
                        constants(row.options(), AccountOption.class),
                        Objects.requireNonNullElse(row.maxSessions(), Account.UNLIMITED),
                        ResumePolicy.valueOf(row.resume().toUpperCase(Locale.ROOT)),
                        row.limits(),
                        words(row.remotes()).collect(Collectors.toSet())),
                row.password() == null ? null : PasswordHash.parse(row.password()),
                keys.stream().map(KeyRow::key).toList(),
                row.enabled(),
                row.expires() == null ? null : Instant.ofEpochSecond(row.expires()),
                constants(row.protocols(), Protocol.class),
                words(row.networks()).map(Network::parse).toList(),
                words(row.principals()).collect(Collectors.toSet()));
    }

    private static <E extends Enum<E>> Set<E> constants(String list, Class<E> type) {
        Set<E> constants = EnumSet.noneOf(type);
        words(list).forEach(word -> constants.add(Enum.valueOf(type, word.toUpperCase(Locale.ROOT))));
        return constants;
    }

    private static Stream<String> words(String list) {
        return Arrays.stream(list.split(",")).filter(word -> !word.isEmpty());
    }

    private static String list(Collection<? extends Enum<?>> values) {
        return values.stream()
                .sorted()
                .map(value -> value.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(","));
    }

    /**
     * Adds an account.
     *
     * @return false if the name is taken
     */
    public boolean add(AccountEntry entry) {
        return database.inTransaction(handle -> {
            if (exists(handle, entry.name())) {
                return false;
            }
            insert(handle, entry);
            changed(handle);
            return true;
        });
    }

    private static boolean exists(Handle handle, String name) {
        return handle.createQuery("SELECT COUNT(*) FROM accounts WHERE name = :name")
                        .bind("name", name)
                        .mapTo(Integer.class)
                        .one()
                > 0;
    }

    /**
     * Changes an account.
     *
     * @param change receives the account as read in the same transaction; must not change its name
     * @return the changed account; empty if it does not exist
     */
    public Optional<AccountEntry> change(String name, UnaryOperator<AccountEntry> change) {
        return database.inTransaction(handle -> {
            Optional<AccountEntry> changed = find(handle, name).map(change);
            changed.ifPresent(entry -> {
                delete(handle, name);
                insert(handle, entry);
                changed(handle);
            });
            return changed;
        });
    }

    /**
     * Removes an account with its keys.
     *
     * @return false if it does not exist
     */
    public boolean remove(String name) {
        return database.inTransaction(handle -> {
            boolean removed = delete(handle, name);
            if (removed) {
                changed(handle);
            }
            return removed;
        });
    }

    private static boolean delete(Handle handle, String name) {
        return handle.createUpdate("DELETE FROM accounts WHERE name = :name")
                        .bind("name", name)
                        .execute()
                > 0;
    }

    private static void insert(Handle handle, AccountEntry entry) {
        PasswordHash password = entry.password();
        Instant expires = entry.expires();
        int maxSessions = entry.account().maxSessions();
        handle.createUpdate("INSERT INTO accounts (name, password, permissions, enabled, expires, protocols, networks,"
                        + " options, max_sessions, resume, quota_bytes, quota_files, upload_rate, download_rate, principals,"
                        + " remotes)"
                        + " VALUES (:name, :password, :permissions, :enabled, :expires, :protocols, :networks, :options,"
                        + " :maxSessions, :resume, :quotaBytes, :quotaFiles, :uploadRate, :downloadRate, :principals,"
                        + " :remotes)")
                .bind("remotes", entry.account().remotes().stream().sorted().collect(Collectors.joining(",")))
                .bind("principals", entry.principals().stream().sorted().collect(Collectors.joining(",")))
                .bind("quotaBytes", limit(entry.account().limits().quotaBytes()))
                .bind("quotaFiles", limit(entry.account().limits().quotaFiles()))
                .bind("uploadRate", limit(entry.account().limits().uploadRate()))
                .bind("downloadRate", limit(entry.account().limits().downloadRate()))
                .bind("name", entry.name())
                .bind("password", password == null ? null : password.encoded())
                .bind("options", list(entry.account().options()))
                .bind("maxSessions", maxSessions == Account.UNLIMITED ? null : (Integer) maxSessions)
                .bind("resume", entry.account().resume().name().toLowerCase(Locale.ROOT))
                .bind("permissions", list(entry.account().permissions()))
                .bind("enabled", entry.enabled())
                .bind("expires", expires == null ? null : (Long) expires.getEpochSecond())
                .bind("protocols", list(entry.protocols()))
                .bind(
                        "networks",
                        entry.networks().stream().map(Network::toString).collect(Collectors.joining(",")))
                .execute();
        for (Mount mount : entry.account().mounts()) {
            handle.createUpdate("INSERT INTO account_mounts (account, path, bucket, prefix, read_only, archives)"
                            + " VALUES (:account, :path, :bucket, :prefix, :readOnly, :archives)")
                    .bind("account", entry.name())
                    .bind("path", mount.path().toString())
                    .bind("bucket", mount.bucket())
                    .bind("prefix", mount.prefix())
                    .bind("readOnly", mount.readOnly())
                    .bind("archives", mount.archives())
                    .execute();
        }
        for (AuthorizedKey key : entry.keys()) {
            handle.createUpdate("INSERT INTO account_keys (account, line, comment) VALUES (:account, :line, :comment)")
                    .bind("account", entry.name())
                    .bind("line", key.line())
                    .bind("comment", key.comment())
                    .execute();
        }
    }

    private static void changed(Handle handle) {
        handle.execute("UPDATE revisions SET number = number + 1 WHERE name = 'accounts'");
    }
}
