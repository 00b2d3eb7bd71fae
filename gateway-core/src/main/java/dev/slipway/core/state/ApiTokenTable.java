package dev.slipway.core.state;

import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.Role;
import dev.slipway.core.account.TokenOwner;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The tokens of the HTTP API, with hashes of their secrets. All calls block for the database. */
public final class ApiTokenTable {
    private static final String COLUMNS =
            "SELECT name, role, created, expires, last_used, account, proof FROM api_tokens";

    private final StateDatabase database;

    public ApiTokenTable(StateDatabase database) {
        this.database = database;
    }

    /** Returns all tokens by name, expired ones included. */
    public List<ApiToken> read() {
        return database.read(handle -> handle.createQuery(COLUMNS + " ORDER BY name")
                .map((row, _) -> token(row))
                .list());
    }

    /** Finds a token by its secret, expired or not. */
    public Optional<ApiToken> find(String secret) {
        return database.read(handle -> handle.createQuery(COLUMNS + " WHERE hash = :hash")
                .bind("hash", ApiToken.hash(secret))
                .map((row, _) -> token(row))
                .findOne());
    }

    private static ApiToken token(ResultSet row) throws SQLException {
        Instant expires = instant(row, 4);
        Instant lastUsed = instant(row, 5);
        return new ApiToken(
                row.getString(1),
                Role.valueOf(row.getString(2).toUpperCase(Locale.ROOT)),
                Instant.ofEpochSecond(row.getLong(3)),
                expires,
                lastUsed,
                owner(row));
    }

    private static @Nullable TokenOwner owner(ResultSet row) throws SQLException {
        String account = row.getString(6);
        String proof = row.getString(7);
        return account == null || proof == null ? null : new TokenOwner(account, proof);
    }

    private static @Nullable Instant instant(ResultSet row, int column) throws SQLException {
        long seconds = row.getLong(column);
        return row.wasNull() ? null : Instant.ofEpochSecond(seconds);
    }

    /**
     * Adds a token.
     *
     * @param secret only its hash is stored
     * @return false if the name is taken
     */
    public boolean add(ApiToken token, String secret) {
        Instant expires = token.expires();
        TokenOwner owner = token.owner();
        return database.inTransaction(handle -> handle.createUpdate(
                                "INSERT INTO api_tokens (name, hash, role, created, expires, account, proof)"
                                        + " VALUES (:name, :hash, :role, :created, :expires, :account, :proof) ON CONFLICT (name) DO NOTHING")
                        .bind("name", token.name())
                        .bind("hash", ApiToken.hash(secret))
                        .bind("role", token.role().name().toLowerCase(Locale.ROOT))
                        .bind("created", token.created().getEpochSecond())
                        .bind("expires", expires == null ? null : (Long) expires.getEpochSecond())
                        .bind("account", owner == null ? null : owner.account())
                        .bind("proof", owner == null ? null : owner.proof())
                        .execute()
                > 0);
    }

    /** Records that a token was used. */
    public void used(String name, Instant when) {
        int _ = database.inTransaction(
                handle -> handle.createUpdate("UPDATE api_tokens SET last_used = :used WHERE name = :name")
                        .bind("used", when.getEpochSecond())
                        .bind("name", name)
                        .execute());
    }

    /**
     * Removes a token, which is not accepted from then on.
     *
     * @return false if it does not exist
     */
    public boolean remove(String name) {
        return database.inTransaction(handle -> handle.createUpdate("DELETE FROM api_tokens WHERE name = :name")
                        .bind("name", name)
                        .execute()
                > 0);
    }
}
