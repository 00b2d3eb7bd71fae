package dev.slipway.sftp;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.ConfiguredAccounts;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.CreateMode;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.FileUpload;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.SharedMemory;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.sftp.transport.WindowMemory;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The listener on a free loopback port, with the production file system and a real S3 store, whose network can be made
 * to fail. One account: {@code alice} with the password {@code secret}.
 */
final class SftpGateway implements AutoCloseable {
    static final String USER = "alice";
    static final String PASSWORD = "secret-6fd1";

    private static final PasswordHash PASSWORD_HASH = PasswordHash.of(PASSWORD.toCharArray());

    private final FaultProxy network;
    private final TestStore store;
    private final SharedMemory memory = SharedMemory.of(8 << 20, 4 << 20);
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;
    private final Events events = new Events();
    private final Sessions sessions = new Sessions(events, Clock.systemUTC());
    private final SftpServer server;
    private volatile List<KeyPair> hostKeys = newKeys();

    private SftpGateway(Builder builder) throws IOException {
        S3Bucket bucket = builder.bucket;
        network = FaultProxy.http(bucket.endpoint().uri());
        store = new TestStore(bucket.endpoint().at(network.uri()), builder.folder, builder.partMemory);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .memory(memory)
                .build();
        Account account = new Account(
                USER,
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                EnumSet.allOf(Permission.class),
                builder.options,
                builder.maxSessions,
                builder.resume);
        files = fileSystems.open(account);
        ConfiguredAccounts accounts =
                new ConfiguredAccounts(List.of(new ConfiguredAccounts.Entry(account, PASSWORD_HASH, builder.keys)));
        server = new SftpServer(
                builder.settings.build(),
                builder.proxies,
                accounts,
                sessions,
                fileSystems,
                () -> hostKeys,
                () -> CertificateTrust.NONE,
                null);
        server.start();
    }

    /** A gateway with default settings, whose account cannot resume uploads. */
    static Builder builder(S3Bucket bucket, Path folder) {
        return new Builder(bucket, folder);
    }

    /** The settings of a gateway that differ from the defaults. */
    static final class Builder {
        private final S3Bucket bucket;
        private final Path folder;
        private SettingsBuilder<SftpSettings> settings = SftpGateway.settings();
        private ProxyProtocol proxies = ProxyProtocol.OFF;
        private long partMemory = 64L << 20;
        private Set<PublicKey> keys = Set.of();
        private Set<AccountOption> options = Set.of();
        private int maxSessions = Account.UNLIMITED;
        private ResumePolicy resume = ResumePolicy.OFF;

        private Builder(S3Bucket bucket, Path folder) {
            this.bucket = bucket;
            this.folder = folder;
        }

        Builder settings(SettingsBuilder<SftpSettings> value) {
            settings = value;
            return this;
        }

        /** Networks of load balancers, whose connections begin with a header. */
        Builder behind(String network) {
            proxies = new ProxyProtocol(List.of(Network.parse(network)));
            return this;
        }

        /** Bytes for all parts at once. */
        Builder partMemory(long bytes) {
            partMemory = bytes;
            return this;
        }

        /** Additional keys of the account. */
        Builder keys(PublicKey... values) {
            keys = Set.of(values);
            return this;
        }

        /** The options of the account. */
        Builder options(Set<AccountOption> values) {
            options = values;
            return this;
        }

        /** How many sessions the account may have. */
        Builder maxSessions(int value) {
            maxSessions = value;
            return this;
        }

        /** Lets the account resume interrupted uploads. */
        Builder resuming() {
            resume = ResumePolicy.STAT;
            return this;
        }

        SftpGateway start() throws IOException {
            return new SftpGateway(this);
        }
    }

    /** The defaults, on a free loopback port. */
    static SettingsBuilder<SftpSettings> settings() {
        return SftpSettings.builder().set("bind", "127.0.0.1").set("port", 0);
    }

    int port() {
        return server.port();
    }

    /** The number of connections, logged in or not. */
    int connections() {
        return server.connections();
    }

    /** The events of sessions. */
    Events events() {
        return events;
    }

    /** The sessions. */
    Sessions sessions() {
        return sessions;
    }

    /** The network to the store. */
    FaultProxy network() {
        return network;
    }

    /** The memory that uploads hold now, in bytes: 0 if none is open. */
    long reservedForUploads() {
        return store.parts().reservedBytes();
    }

    /** The memory for early blocks and listings: little, so that tests can use it up. */
    SharedMemory memory() {
        return memory;
    }

    /** The number of open files and directories. */
    int openHandles() {
        return server.openHandles();
    }

    /** Incomplete multipart uploads of a file in the store. */
    int pendingUploads(S3Bucket bucket, String key) {
        try {
            return store.store()
                    .pendingUploads(new ObjectKey(bucket.name(), key))
                    .size();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Stores a file directly. */
    void put(String path, byte[] content) throws VfsException {
        try (FileUpload upload = files.create(VirtualPath.parse(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(content));
            upload.commit();
        }
    }

    /** The contents of a file. */
    byte[] get(String path) throws VfsException {
        try (FileDownload download = files.open(VirtualPath.parse(path))) {
            ByteBuffer content = ByteBuffer.allocate((int) download.entry().size());
            while (content.hasRemaining() && download.read(content.position(), content) >= 0) {
                // Read all of it.
            }
            return content.array();
        }
    }

    FileEntry stat(String path) throws VfsException {
        return files.stat(VirtualPath.parse(path));
    }

    /** Whether a path exists. */
    boolean exists(String path) throws VfsException {
        VirtualPath wanted = VirtualPath.parse(path);
        try (EntryCursor cursor = files.list(wanted.parent())) {
            return cursor.next(1000).stream().anyMatch(entry -> entry.path().equals(wanted));
        }
    }

    VirtualFileSystem files() {
        return files;
    }

    /** The memory for receive windows, and how much of it is granted. */
    WindowMemory windowMemory() {
        return server.windowMemory();
    }

    void changeHostKeys() {
        hostKeys = newKeys();
    }

    /** Sets the host keys for later connections. */
    void changeHostKeys(List<KeyPair> keys) {
        hostKeys = keys;
    }

    /** The number of waiting and running key exchanges. */
    int keyExchanges() {
        return server.keyExchanges();
    }

    long refusedKeyExchanges() {
        return server.refusedKeyExchanges();
    }

    /** Ends idle connections, and waits for the rest. */
    boolean drain(Duration limit) throws InterruptedException {
        return server.drain(limit);
    }

    /** One of each kind, made by the Java runtime. */
    private static List<KeyPair> newKeys() {
        return List.of(newKey("Ed25519", 255), newKey("EC", 256), newKey("RSA", 2048));
    }

    private static KeyPair newKey(String algorithm, int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Closes only the listener. */
    void closeListener() {
        server.close();
    }

    @Override
    public void close() throws IOException {
        server.close();
        fileSystems.close();
        store.close();
        network.close();
    }
}
