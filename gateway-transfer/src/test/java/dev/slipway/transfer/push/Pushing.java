package dev.slipway.transfer.push;

import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Objects of a real store that are pushed to one remote, without an engine. */
final class Pushing implements AutoCloseable {
    private final S3AsyncClient s3;
    private final String bucket;
    private final TestStore store;
    private final StateDatabase database;
    private final RemoteClient client = new RemoteClient();
    private final Remote remote;
    private final Sources sources;
    private final PushSettings settings;

    /**
     * @param folder for what the gateway keeps
     * @param storeEndpoint where the remote reaches the store; null for where the gateway does
     */
    Pushing(S3Bucket bucket, Path folder, Remote remote, @Nullable URI storeEndpoint) {
        this.s3 = bucket.endpoint().newClient();
        this.bucket = bucket.name();
        this.store = new TestStore(bucket.endpoint(), folder.resolve("store"));
        this.database = StateDatabase.open(folder.resolve("push").resolve("state.db"));
        this.remote = remote;
        this.settings = new PushSettings(
                storeEndpoint, PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.empty(), SourceRules.PUBLIC);
        this.sources = new Sources(
                store.store(), new AttributeTable(database), settings, new StoreReachability(InstantSource.system()));
    }

    /** A server, at another port than its own. */
    static Remote remote(SshdServer server, int port, TransferMode mode, int maxChannels) throws IOException {
        return new Remote(
                "vault",
                "127.0.0.1",
                port,
                server.user(),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null),
                List.of(server.hostKey()),
                List.of(),
                mode,
                Remote.DEFAULT_MAX_JOBS,
                maxChannels,
                OptionalInt.empty(),
                "");
    }

    byte[] put(String key, int seed, int size) {
        byte[] content = Bytes.random(seed, size);
        s3.putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(content))
                .join();
        return content;
    }

    NewJob job(String key, Path target) {
        PushRequest request = new PushRequest(
                bucket,
                key,
                null,
                null,
                null,
                null,
                null,
                target.toString(),
                key,
                false,
                List.of(),
                List.of(),
                null,
                false,
                false,
                null,
                "administrator",
                null);
        return new NewJob(
                UUID.randomUUID().toString(),
                PushKind.NAME,
                StoredJson.write(request),
                "vault",
                key,
                target.toString(),
                0,
                null,
                "test",
                "",
                null);
    }

    PushKind kind() {
        return new PushKind(
                sources,
                new OneRemote(),
                client,
                new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                settings,
                new SentTable(database),
                new PushRights(_ -> Optional.empty()));
    }

    @Override
    public void close() {
        sources.close();
        client.close();
        store.close();
        database.close();
        s3.close();
    }

    private final class OneRemote implements Remotes {
        private Optional<Capabilities> known = Optional.empty();

        @Override
        public Optional<Remote> find(String name) {
            return Optional.of(remote);
        }

        @Override
        public List<Remote> all() {
            return List.of(remote);
        }

        @Override
        public boolean isConfigured(String name) {
            return true;
        }

        @Override
        public void put(Remote value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Capabilities> capabilities(String name) {
            return known;
        }

        @Override
        public void remember(String name, Capabilities capabilities) {
            known = Optional.of(capabilities);
        }
    }
}
