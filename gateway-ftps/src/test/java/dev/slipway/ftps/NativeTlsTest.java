package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.ftps.tls.ConnectionTls;
import dev.slipway.ftps.tls.TlsContexts;
import dev.slipway.testing.S3Store;
import io.netty.handler.ssl.OpenSsl;
import java.net.InetAddress;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** TLS with BoringSSL. */
@S3Store
class NativeTlsTest extends TlsContract {
    @Override
    TlsProvider tlsProvider() {
        return TlsProvider.NATIVE;
    }

    @Test
    @EnabledOnOs(
            value = OS.LINUX,
            architectures = {"amd64", "aarch64"})
    void libraryLoads() throws Exception {
        OpenSsl.ensureAvailability();
        try (ConnectionTls tls = new TlsContexts(FtpsSettings.builder().build(), TestCertificate.create()::identity)
                .next(InetAddress.getLoopbackAddress())) {
            SSLEngine engine = tls.controlEngine();
            assertThat(ConnectionTls.isNative(engine)).isTrue();
            ConnectionTls.release(engine);
        }
    }
}
