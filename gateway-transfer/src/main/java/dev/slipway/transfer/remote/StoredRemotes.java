package dev.slipway.transfer.remote;

import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.state.StateDatabase;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jdbi.v3.core.Handle;

/** The remotes of the configuration, and those in the state database. */
@SuppressWarnings("exports") // only Slipway itself calls it
public final class StoredRemotes implements Remotes {
    private record Row(String name, String definition, String secrets) {}

    private final StateDatabase database;
    private final SecretBox secrets;
    private final Map<String, Remote> configured = new TreeMap<>();

    /**
     * @param secrets has the key that secrets in the database are encrypted with
     * @param configured those of the configuration
     * @throws InvalidFieldsException one of these cannot be as it is, or two have the same name
     */
    public StoredRemotes(StateDatabase database, SecretBox secrets, Collection<Remote> configured) {
        this.database = database;
        this.secrets = secrets;
        for (Remote remote : configured) {
            RemoteRules.require(remote);
            if (this.configured.put(remote.name(), remote) != null) {
                throw new InvalidFieldsException("name", "'" + remote.name() + "' is used twice", "each name once");
            }
        }
    }

    /**
     * Reads all secrets of the database, so that a wrong key is noticed at the start.
     *
     * @throws SecretKeyException they were encrypted with another key
     */
    public void verify() {
        stored().forEach(row -> secrets.open(context(row.name()), row.secrets()));
    }

    /** @throws SecretKeyException its secrets were encrypted with another key */
    @Override
    public Optional<Remote> find(String name) {
        Remote first = configured.get(name);
        if (first != null) {
            return Optional.of(first);
        }
        return database.read(
                        handle -> handle.createQuery("SELECT name, definition, secrets FROM remotes WHERE name = :name")
                                .bind("name", name)
                                .map((row, context) -> new Row(row.getString(1), row.getString(2), row.getString(3)))
                                .findOne())
                .map(this::remote);
    }

    /** @throws SecretKeyException the secrets of one were encrypted with another key */
    @Override
    public List<Remote> all() {
        Map<String, Remote> remotes = new TreeMap<>();
        stored().forEach(row -> remotes.put(row.name(), remote(row)));
        remotes.putAll(configured);
        return List.copyOf(remotes.values());
    }

    private List<Row> stored() {
        return database.read(handle -> handle.createQuery("SELECT name, definition, secrets FROM remotes")
                .map((row, context) -> new Row(row.getString(1), row.getString(2), row.getString(3)))
                .list());
    }

    private Remote remote(Row row) {
        return RemoteJson.restore(row.definition(), secrets.open(context(row.name()), row.secrets()));
    }

    private static String context(String name) {
        return "remote " + name;
    }

    @Override
    public boolean isConfigured(String name) {
        return configured.containsKey(name);
    }

    /** @throws InvalidFieldsException it cannot be as it is, or its name is one of the configuration's */
    @Override
    public void put(Remote remote) {
        RemoteRules.require(remote);
        if (isConfigured(remote.name())) {
            throw new InvalidFieldsException(
                    "name", "the remote '" + remote.name() + "' is in the configuration file", "another name");
        }
        String definition = RemoteJson.show(remote).toString();
        String sealed = secrets.seal(context(remote.name()), RemoteJson.secrets(remote.credentials()));
        database.inTransaction(handle -> {
            forget(handle, remote.name());
            return handle.createUpdate("INSERT INTO remotes (name, definition, secrets)"
                            + " VALUES (:name, :definition, :secrets) ON CONFLICT (name) DO UPDATE"
                            + " SET definition = excluded.definition, secrets = excluded.secrets")
                    .bind("name", remote.name())
                    .bind("definition", definition)
                    .bind("secrets", sealed)
                    .execute();
        });
    }

    @Override
    public boolean remove(String name) {
        return database.inTransaction(handle -> {
            forget(handle, name);
            return handle.createUpdate("DELETE FROM remotes WHERE name = :name")
                            .bind("name", name)
                            .execute()
                    > 0;
        });
    }

    private static void forget(Handle handle, String name) {
        handle.createUpdate("DELETE FROM remote_capabilities WHERE name = :name")
                .bind("name", name)
                .execute();
    }

    @Override
    public Optional<Capabilities> capabilities(String name) {
        return find(name)
                .flatMap(remote -> database.read(
                                handle -> handle.createQuery("SELECT capabilities FROM remote_capabilities"
                                                + " WHERE name = :name AND digest = :digest")
                                        .bind("name", name)
                                        .bind("digest", digest(remote))
                                        .mapTo(String.class)
                                        .findOne())
                        .map(RemoteJson::readCapabilities));
    }

    /** One that there is no more is passed over. */
    @Override
    public void remember(String name, Capabilities capabilities) {
        find(name)
                .ifPresent(remote -> database.inTransaction(handle -> handle.createUpdate(
                                "INSERT INTO remote_capabilities (name, digest, capabilities)"
                                        + " VALUES (:name, :digest, :capabilities) ON CONFLICT (name) DO UPDATE"
                                        + " SET digest = excluded.digest, capabilities = excluded.capabilities")
                        .bind("name", name)
                        .bind("digest", digest(remote))
                        .bind("capabilities", RemoteJson.show(capabilities).toString())
                        .execute()));
    }

    /**
     * Another key may lead to another forced command: the secrets count, too. So does what was looked for: what an earlier
     * version found is looked for again.
     */
    private String digest(Remote remote) {
        return secrets.digest(
                CapabilityProbe.VERSION + RemoteJson.show(remote) + RemoteJson.secrets(remote.credentials()));
    }
}
