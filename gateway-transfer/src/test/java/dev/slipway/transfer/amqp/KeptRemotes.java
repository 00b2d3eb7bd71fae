package dev.slipway.transfer.amqp;

import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.TransferMode;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ConcurrentHashMap;

/** Remotes in memory. */
final class KeptRemotes implements Remotes {
    static final String HOST_KEY = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    private final Map<String, Remote> remotes = new ConcurrentHashMap<>();

    KeptRemotes(Remote... remotes) {
        List.of(remotes).forEach(this::put);
    }

    static Remote remote(String name, String host, int port, String... hostKeys) {
        return new Remote(
                name,
                host,
                port,
                "slipway",
                new Credentials.Agent(),
                List.of(hostKeys),
                List.of("/in"),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.of(10),
                "");
    }

    @Override
    public Optional<Remote> find(String name) {
        return Optional.ofNullable(remotes.get(name));
    }

    @Override
    public List<Remote> all() {
        return remotes.values().stream()
                .sorted(Comparator.comparing(Remote::name))
                .toList();
    }

    @Override
    public boolean isConfigured(String name) {
        return false;
    }

    @Override
    public void put(Remote remote) {
        remotes.put(remote.name(), remote);
    }

    @Override
    public boolean remove(String name) {
        return remotes.remove(name) != null;
    }

    @Override
    public Optional<Capabilities> capabilities(String name) {
        return Optional.empty();
    }

    @Override
    public void remember(String name, Capabilities capabilities) {}
}
