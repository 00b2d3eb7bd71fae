package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The container's health check checks the enabled listeners. There is no store: a gateway without one is healthy. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HealthScriptTest {
    private static final Path SCRIPT = Path.of(System.getProperty("slipway.root", ".."), "packaging", "health.sh");

    @TempDir
    private Path folder;

    private ClientResult check() throws InterruptedException {
        return Clients.command(
                        "bash", SCRIPT.toString(), folder.resolve("state").toString())
                .run(Patience.LIMIT);
    }

    @ParameterizedTest
    @CsvSource({
        "0,   0,   0,   0,   false, http",
        "0,   0,   0,   0,   true,  ssh",
        "off, 0,   0,   0,   false, ssh",
        "off, off, 0,   0,   false, ftp",
        "off, off, off, 0,   false, ftps",
        "0,   off, off, 0,   true,  https"
    })
    void enabledListenersAreChecked(
            String admin, String sftp, String explicitPort, String implicitPort, boolean tls, String asked)
            throws Exception {
        try (Gateway _ = gateway(Map.of(
                "admin.port", admin,
                "admin.tls", String.valueOf(tls),
                "sftp.port", sftp,
                "ftps.explicitPort", explicitPort,
                "ftps.implicitPort", implicitPort))) {
            assertThat(Files.readString(folder.resolve("state/listeners"))).contains(asked + " 127.0.0.1 ");
            check().assertSuccess();
        }
        assertThat(check().assertFailure().stderr()).contains("no gateway is running");
    }

    @Test
    void aGatewayThatWasKilledIsNotHealthy() throws Exception {
        String listeners;
        try (Gateway _ = gateway(Map.of("admin.port", "0"))) {
            listeners = Files.readString(folder.resolve("state/listeners"));
        }
        Files.writeString(folder.resolve("state/listeners"), listeners);
        assertThat(check().assertFailure().stderr()).contains("nothing accepts connections on 127.0.0.1 port ");
    }

    private Gateway gateway(Map<String, String> settings) throws Exception {
        GatewayBuilder builder = Gateway.builder()
                .endpoint(URI.create("http://127.0.0.1:1"))
                .credentials("none", "none")
                .bucket("files")
                .account("anna", "not used here")
                .stateDirectory(folder.resolve("state"))
                .bind("127.0.0.1")
                .set("s3.probe", "false");
        settings.forEach(builder::set);
        return builder.start();
    }
}
