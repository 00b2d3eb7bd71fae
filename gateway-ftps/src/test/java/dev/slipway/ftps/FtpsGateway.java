package dev.slipway.ftps;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.SharedMemory;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.testing.S3Bucket;
import java.net.InetAddress;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A server on free loopback ports in front of a bucket, with one account: {@code alice}, {@code secret}. */
final class FtpsGateway implements Accounts, AutoCloseable {
    static final String USER = "alice";
    static final String PASSWORD = "secret";

    private final Path folder;
    private final TestStore store;
    private final SharedMemory memory = SharedMemory.defaults();
    private final ObjectFileSystems realFiles;
    private final ObservedFileSystems files;
    private final Sessions sessions = new Sessions(new Events(), Clock.systemUTC());
    private final InetAddress address;
    private final FtpsServer server;
    private final TestCertificate client = TestCertificate.create();
    private volatile TestCertificate certificate;
    private volatile TlsIdentity identity;
    private volatile Account account;
    private volatile @Nullable InetAddress lastAuthentication;

    FtpsGateway(
            S3Bucket bucket, ProxyProtocol proxies, Path folder, UnaryOperator<SettingsBuilder<FtpsSettings>> change)
            throws Exception {
        this.folder = folder;
        store = new TestStore(bucket.endpoint(), folder);
        realFiles = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(20))
                .memory(memory)
                .build();
        files = new ObservedFileSystems(realFiles);
        account = new Account(
                USER, List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)), EnumSet.allOf(Permission.class));
        certificate = TestCertificate.create();
        identity = certificate.identity(client);
        SettingsBuilder<FtpsSettings> settings = FtpsSettings.builder()
                .set("bind", "127.0.0.1")
                .set("passivePorts", PortRange.ANY)
                .set("explicitPort", 0)
                .set("implicitPort", 0);
        FtpsSettings built = change.apply(settings).build();
        address = InetAddress.getByName(built.bind());
        server = new FtpsServer(built, proxies, this, sessions, files, () -> identity, null);
        server.start();
    }

    /** The number of control connections, including unauthenticated ones. */
    int openConnections() {
        return server.openConnections();
    }

    /** The address on which it listens. */
    InetAddress address() {
        return address;
    }

    int port() {
        return server.explicitPort().orElseThrow();
    }

    int implicitPort() {
        return server.implicitPort().orElseThrow();
    }

    TestCertificate certificate() {
        return certificate;
    }

    /** The certificate of clients that the server trusts, if it requests one. */
    TestCertificate client() {
        return client;
    }

    /** Changes the account for logins from now on. */
    void changeAccount(Set<AccountOption> options, int maxSessions) {
        account = new Account(account.name(), account.mounts(), account.permissions(), options, maxSessions);
    }

    /** Lets the account resume interrupted uploads, for later logins. */
    void allowResume() {
        account = account.withResume(ResumePolicy.STAT);
    }

    /** The interrupted uploads that the next run of the gateway would find if this one were killed now. */
    List<InterruptedUpload> leftIfKilled() {
        try (StateDatabase database = StateDatabase.join(folder.resolve("state.db"))) {
            UploadTable next = new UploadTable(database, Clock.systemUTC());
            next.recover();
            return next.allInterrupted();
        }
    }

    /** The client address of the latest login attempt. */
    @Nullable
    InetAddress lastAuthentication() {
        return lastAuthentication;
    }

    /** The sessions. */
    Sessions sessions() {
        return sessions;
    }

    /** Replaces the certificate for sessions that begin from now on. */
    void changeCertificate() {
        certificate = TestCertificate.create();
        identity = certificate.identity(client);
    }

    /** Observes the file systems. */
    ObservedFileSystems files() {
        return files;
    }

    /** Direct access to the account's files. */
    VirtualFileSystem open() {
        return realFiles.open(account);
    }

    /** Closes the server, but not the files. */
    void closeServer() {
        server.close();
    }

    @Override
    public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
        lastAuthentication = client;
        return name.equals(USER) && Arrays.equals(password, PASSWORD.toCharArray())
                ? Optional.of(Login.lasting(account))
                : Optional.empty();
    }

    @Override
    public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
        return Optional.empty();
    }

    boolean drain(Duration limit) throws InterruptedException {
        return server.drain(limit);
    }

    @Override
    public void close() {
        server.close();
        realFiles.close();
        store.close();
    }

    /** The memory for early blocks and listings. */
    SharedMemory memory() {
        return memory;
    }

    /** Makes a directory, without a request of a client. */
    void makeDirectory(String path) throws StoreException {
        Mount mount = account.mounts().getFirst();
        store.store().putMarker(new ObjectKey(mount.bucket(), path + "/"));
    }
}
