package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.ServerCertificate;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.Permission;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a program that embeds a gateway can provide in place of the gateway's own. */
@S3Store
@Postgres
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GatewayHooksTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path folder;

    private GatewayBuilder builder(S3Bucket bucket) {
        return RunningGateway.builder(bucket.endpoint().uri(), bucket, folder);
    }

    private ClientResult upload(Gateway gateway, Protocol protocol) throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "hello");
        return protocol.upload(ListenPorts.of(gateway), file, "file-" + protocol, Protocol.UNLIMITED)
                .run(LIMIT);
    }

    @Test
    void metersGoToTheRegistryOfTheProgramUntilTheGatewayIsClosed(S3Bucket bucket) throws Exception {
        SimpleMeterRegistry registry = new SimpleMeterRegistry();
        for (int start = 0; start < 2; start++) {
            try (Gateway gateway = builder(bucket).meterRegistry(registry).start()) {
                upload(gateway, Protocol.SFTP).assertSuccess();

                assertThat(registry.get("slipway.operations")
                                .tag("operation", "upload")
                                .tag("outcome", "ok")
                                .counter()
                                .count())
                        .isEqualTo(1);
            }
            assertThat(registry.getMeters())
                    .extracting(Meter::getId)
                    .extracting(Meter.Id::getName)
                    .noneMatch(name -> name.startsWith("slipway."));
        }
    }

    @Test
    void theStateIsInTheDatabaseOfTheProgram(S3Bucket bucket, PostgresDatabase database) throws Exception {
        HikariConfig config = new HikariConfig();
        config.setJdbcUrl(database.url());
        config.setMaximumPoolSize(10);
        try (HikariDataSource pool = new HikariDataSource(config)) {
            try (Gateway gateway = builder(bucket).database(pool).start()) {
                upload(gateway, Protocol.SFTP).assertSuccess();
                gateway.accounts().add(AccountDefinition.named("bob"), null, List.of());
            }
            assertThat(pool.getHikariPoolMXBean().getActiveConnections()).isZero();
            assertThat(folder.resolve("state/slipway.db")).doesNotExist();
            try (Gateway gateway = builder(bucket).database(pool).start()) {
                assertThat(gateway.accounts().find("bob").entry().account())
                        .extracting(Account::permissions)
                        .isEqualTo(EnumSet.allOf(Permission.class));
            }
        }
    }

    @Test
    void aNewCertificateOfTheProgramIsUsedByTheNextSession(S3Bucket bucket) throws Exception {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(folder.resolve("ca"));
        ServerCertificate first = ServerCertificate.load(ca.server("first", List.of("localhost")));
        ServerCertificate second = ServerCertificate.load(ca.server("second", List.of("localhost")));
        AtomicReference<ServerCertificate> current = new AtomicReference<>(first);
        try (Gateway gateway = builder(bucket).certificates(current::get).start()) {
            upload(gateway, Protocol.EXPLICIT_FTPS).assertSuccess();
            String before = gateway.certificateFingerprint();
            current.set(second);
            upload(gateway, Protocol.IMPLICIT_FTPS).assertSuccess();

            assertThat(gateway.certificateFingerprint()).isNotEqualTo(before);
            assertThat(gateway.certificateAuthority()).isEmpty();
        }
    }

    @Test
    void theClockOfTheProgramDecidesWhetherAnAccountHasExpired(S3Bucket bucket) throws Exception {
        Instant end = Instant.parse("2100-01-01T00:00:00Z");
        GatewayBuilder builder = builder(bucket).set("accounts[0].expires", end.toString());
        try (Gateway gateway = builder.start()) {
            upload(gateway, Protocol.SFTP).assertSuccess();
        }
        try (Gateway gateway = builder.clock(Clock.offset(Clock.systemUTC(), Duration.between(Instant.now(), end)))
                .start()) {
            assertThat(upload(gateway, Protocol.EXPLICIT_FTPS).assertFailure().stderr())
                    .contains("530 ");
        }
    }

    @Test
    void specificationsAreCheckedAsTheConfigurationIs(S3Bucket bucket) {
        GatewayBuilder builder = builder(bucket)
                .account(AccountSpecification.named("ben")
                        .password("secret")
                        .mount(MountSpecification.of("inbox", "no-slash"))
                        .maxSessions(0))
                .remote(RemoteSpecification.of("vault", "vault.example.com", "backup")
                        .password("secret"));

        assertThatThrownBy(builder::start)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("accounts[1].maxSessions")
                .message()
                .doesNotContain("secret");
        assertThatThrownBy(builder.account("eve", "secret").set("accounts[1].maxSessions", "3")::start)
                .hasMessageContaining("accounts[1].mounts[0].path")
                .hasMessageContaining("accounts[1].mounts[0].prefix")
                .hasMessageContaining("remotes[0].hostKeys");
    }
}
