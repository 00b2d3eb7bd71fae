package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.slipway.console.ConsoleFiles;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

/**
 * The console in Chromium, on a gateway with a store and a remote server. What the browser does is in {@code
 * gateway-console/e2e}; its pictures are in {@code gateway-app/target/console}. Needs a build with Node.js, and Chromium.
 */
@S3Store
class ConsoleTest {
    private static final Duration LIMIT = Patience.LIMIT.multipliedBy(8);
    private static final Path CHROMIUM = Path.of("/usr/bin/chromium");

    @TempDir
    private Path folder;

    @Test
    void administratorsSeeAndSteerTheGateway(S3Bucket bucket) throws Exception {
        assumeTrue(ConsoleFiles.read().isBuilt(), "the console was not built: there is no Node.js");
        assumeTrue(Files.isExecutable(CHROMIUM), "there is no Chromium");
        Path root = Path.of(Objects.requireNonNull(System.getProperty("slipway.root")));
        Path inbox = Files.createDirectory(folder.resolve("inbox"));
        Path outbox = Files.createDirectories(folder.resolve("remote/out"));
        Files.writeString(outbox.resolve("invoice-2026-118.pdf"), "an invoice");
        Path scans = Files.createDirectory(folder.resolve("scans"));
        Path pictures = Files.createDirectories(root.resolve("gateway-app/target/console"));
        try (SshdServer server = SshdServer.start();
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                        .set("accounts[0].options", "admin, push")
                        .set("admin.port", "0")
                        .set("pulls[0].name", "invoices")
                        .set("pulls[0].remote", "vault")
                        .set("pulls[0].folder", outbox.toString())
                        .set("pulls[0].incremental", "0 * * * *")
                        .set("pulls[0].target.account", Protocol.USER)
                        .set("pulls[0].target.folder", "/invoices")
                        .set("watches[0].name", "scans")
                        .set("watches[0].folder", scans.toString())
                        .set("watches[0].target.account", Protocol.USER)
                        .set("watches[0].target.folder", "/scans")
                        .set("rules[0].name", "invoices")
                        .set("rules[0].paths", "/in/*.zip")
                        .set("rules[0].steps[0].action", "decompress")
                        .set("rules[0].steps[0].to", "unpacked/{stem}")
                        .set("archives[0].name", "logs")
                        .set("archives[0].source.prefix", "partner/logs/")
                        .set("archives[0].target.prefix", "archives/")
                        .set("archives[0].format", "tar-zst")
                        .start()) {
            assertThat(gateway.awaitReady(Patience.LIMIT)).isTrue();
            Files.writeString(scans.resolve("contract.tif"), "a scan");
            Map<String, Object> remote = new LinkedHashMap<>();
            remote.put("port", server.port());
            remote.put("user", server.user());
            remote.put("key", server.userKey().toString());
            remote.put("hostKey", server.hostKey());
            remote.put("folder", inbox.toString());
            Map<String, Object> config = new LinkedHashMap<>();
            config.put("address", "http://127.0.0.1:" + gateway.adminPort().orElseThrow());
            config.put("account", Protocol.USER);
            config.put("password", Protocol.PASSWORD);
            config.put("bucket", bucket.name());
            config.put("ftpPort", gateway.explicitPort().orElseThrow());
            config.put(
                    "certificateAuthority",
                    gateway.certificateAuthority().orElseThrow().toString());
            config.put("remote", remote);
            config.put("screenshots", pictures.toString());
            Path file = Files.writeString(
                    folder.resolve("e2e.json"), JsonMapper.shared().writeValueAsString(config));
            ClientResult run = Clients.command(
                            root.resolve("gateway-console/e2e.sh").toString(), file.toString())
                    .run(LIMIT);
            assertThat(run.exitCode()).as(run.stdout() + run.stderr()).isZero();
        }
    }
}
