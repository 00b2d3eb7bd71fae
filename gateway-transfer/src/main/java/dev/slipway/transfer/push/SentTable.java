package dev.slipway.transfer.push;

import dev.slipway.core.state.StateDatabase;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** The version of each object that orders with {@code newer} sent last. */
final class SentTable {
    private final StateDatabase database;

    SentTable(StateDatabase database) {
        this.database = database;
    }

    /**
     * The versions that were sent last.
     *
     * @param place what is sent where
     * @param keys at most 1000
     * @return those of the keys that were ever sent
     */
    Map<String, String> versions(String place, Collection<String> keys) {
        if (keys.isEmpty()) {
            return Map.of();
        }
        return database.read(handle -> {
            Map<String, String> versions = new HashMap<>();
            handle.createQuery("SELECT key, version FROM push_sent WHERE place = :place AND key IN (<keys>)")
                    .bind("place", place)
                    .bindList("keys", keys)
                    .map((row, _) -> Map.entry(row.getString("key"), row.getString("version")))
                    .forEach(entry -> versions.put(entry.getKey(), entry.getValue()));
            return versions;
        });
    }

    /** A version has arrived. */
    void sent(String place, String key, String version) {
        database.inTransaction(handle -> handle.createUpdate(
                        "INSERT INTO push_sent (place, key, version) VALUES (:place, :key, :version)"
                                + " ON CONFLICT (place, key) DO UPDATE SET version = excluded.version")
                .bind("place", place)
                .bind("key", key)
                .bind("version", version)
                .execute());
    }
}
