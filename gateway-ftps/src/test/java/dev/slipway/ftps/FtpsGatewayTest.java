package dev.slipway.ftps;

import dev.slipway.core.account.Network;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.S3Bucket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** Shared by tests that need a server in front of a bucket; each test has its own bucket. */
abstract class FtpsGatewayTest {
    @TempDir
    private Path folder;

    private final List<FtpsGateway> gateways = new ArrayList<>();
    private S3Bucket bucket;

    @BeforeEach
    void takeBucket(S3Bucket newBucket) {
        bucket = newBucket;
    }

    @AfterEach
    void closeGateways() {
        gateways.forEach(FtpsGateway::close);
    }

    /** A folder for files of the test. */
    Path folder() {
        return folder;
    }

    S3Bucket bucket() {
        return bucket;
    }

    /** The TLS provider of the servers. */
    TlsProvider tlsProvider() {
        return TlsProvider.NATIVE;
    }

    /** Starts a server that is closed after the test. */
    FtpsGateway start(UnaryOperator<SettingsBuilder<FtpsSettings>> settings) throws Exception {
        return start(bucket, settings);
    }

    /** Starts a server in front of another bucket, or of the same at another address. */
    FtpsGateway start(S3Bucket other, UnaryOperator<SettingsBuilder<FtpsSettings>> settings) throws Exception {
        return start(other, ProxyProtocol.OFF, settings);
    }

    /** Starts a server behind a load balancer, which has that address and begins connections with a header. */
    FtpsGateway startBehind(String balancer, UnaryOperator<SettingsBuilder<FtpsSettings>> settings) throws Exception {
        return start(bucket, new ProxyProtocol(List.of(Network.parse(balancer))), settings);
    }

    private FtpsGateway start(
            S3Bucket other, ProxyProtocol proxies, UnaryOperator<SettingsBuilder<FtpsSettings>> settings)
            throws Exception {
        FtpsGateway gateway = new FtpsGateway(
                other,
                proxies,
                Files.createDirectory(folder.resolve("gateway" + gateways.size())),
                defaults -> settings.apply(defaults.set("tlsProvider", tlsProvider())));
        gateways.add(gateway);
        return gateway;
    }

    /** Starts a server with the default settings. */
    FtpsGateway start() throws Exception {
        return start(settings -> settings);
    }

    /** Starts a server that allows plain FTP besides TLS. */
    FtpsGateway startPlain() throws Exception {
        return start(settings -> settings.set("plain", true));
    }
}
