package dev.slipway.ftps;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
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
import java.util.function.UnaryOperator;
import javax.net.ssl.SSLContext;

/** A server on free loopback ports in front of a bucket, with one account: {@code alice}, {@code secret}. */
final class FtpsGateway implements Accounts, AutoCloseable {
    static final String USER = "alice";
    static final String PASSWORD = "secret";

    private final TestStore store;
    private final ObjectFileSystems realFiles;
    private final ObservedFileSystems files;
    private final Account account;
    private final FtpsServer server;
    private volatile TestCertificate certificate;
    private volatile SSLContext serverContext;

    FtpsGateway(S3Bucket bucket, Path folder) throws Exception {
        this(bucket, folder, settings -> settings);
    }

    FtpsGateway(S3Bucket bucket, Path folder, UnaryOperator<FtpsSettings> change) throws Exception {
        store = new TestStore(bucket.endpoint(), folder);
        realFiles = new ObjectFileSystems(store.store(), store.attributes(), Clock.systemUTC(), Duration.ofSeconds(20));
        files = new ObservedFileSystems(realFiles);
        account = new Account(
                USER, List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)), EnumSet.allOf(Permission.class));
        certificate = TestCertificate.create();
        serverContext = certificate.serverContext();
        FtpsSettings settings = FtpsSettings.defaults()
                .withBindAddress(InetAddress.getLoopbackAddress())
                .withExplicitPort(0)
                .withImplicitPort(0);
        server = new FtpsServer(change.apply(settings), this, files, () -> serverContext);
        server.start();
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

    /** Replaces the certificate for sessions that begin from now on. */
    void changeCertificate() {
        certificate = TestCertificate.create();
        serverContext = certificate.serverContext();
    }

    /** What happens in the file systems. */
    ObservedFileSystems files() {
        return files;
    }

    /** The account's files, to look at behind the server's back. */
    VirtualFileSystem open() {
        return realFiles.open(account);
    }

    /** Ends the server and leaves the files open to look at. */
    void closeServer() {
        server.close();
    }

    @Override
    public Optional<Account> authenticate(String name, char[] password, InetAddress client) {
        return name.equals(USER) && Arrays.equals(password, PASSWORD.toCharArray())
                ? Optional.of(account)
                : Optional.empty();
    }

    @Override
    public Optional<Account> authenticate(String name, PublicKey key, InetAddress client) {
        return Optional.empty();
    }

    @Override
    public void close() {
        server.close();
        realFiles.close();
        store.close();
    }
}
