package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.JdbcTemplate;

/**
 * Programs that embed the gateway and have a database with their own migrations, in Flyway's default location: {@code
 * db/migration/V1__orders.sql}.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostProgramTest {
    private final S3Bucket bucket;

    @TempDir
    private Path folder;

    HostProgramTest(S3Bucket bucket) {
        this.bucket = bucket;
    }

    private static GatewayBuilder gateway(S3Bucket bucket, Path state) {
        return Gateway.builder()
                .endpoint(bucket.endpoint().uri())
                .credentials(bucket.endpoint().accessKey(), bucket.endpoint().secretKey())
                .bucket(bucket.name())
                .stateDirectory(state)
                .account("anna", "secret-of-anna")
                .bind("127.0.0.1")
                .explicitPort(0)
                .sftpPort(0);
    }

    private Path state() {
        return folder.resolve("state");
    }

    private String hostUrl() {
        return "jdbc:sqlite:" + folder.resolve("host.db");
    }

    private static List<String> tables(String url) throws SQLException {
        List<String> tables = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT name FROM sqlite_master WHERE type = 'table'")) {
            while (rows.next()) {
                tables.add(rows.getString(1));
            }
        }
        return tables;
    }

    private void assertEachHasItsOwnTables() throws SQLException {
        assertThat(tables(hostUrl())).containsExactlyInAnyOrder("orders", "flyway_schema_history");
        assertThat(tables("jdbc:sqlite:" + state().resolve("slipway.db")))
                .contains("accounts", "uploads", "slipway_schema_history")
                .doesNotContain("orders", "flyway_schema_history");
    }

    @Test
    void aProgramThatUsesFlywayStartsAfterTheGatewayAndBeforeIt() throws Exception {
        for (int start = 0; start < 2; start++) {
            Flyway host = Flyway.configure().dataSource(hostUrl(), null, null).load();
            try (Gateway gateway = gateway(bucket, state()).start()) {
                assertThat(host.migrate().migrationsExecuted).isEqualTo(start == 0 ? 1 : 0);
                assertThat(gateway.sftpPort()).isPresent();
            }
            assertEachHasItsOwnTables();
        }
    }

    /** A small Spring Boot application: a data source, migrations, and the gateway as a bean. */
    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {
        @Bean
        Gateway gateway(S3Bucket bucket, @Value("${state}") Path state) throws Exception {
            return HostProgramTest.gateway(bucket, state).start();
        }
    }

    @Test
    void aSpringBootApplicationWithADataSourceStarts() throws Exception {
        SpringApplication application = new SpringApplication(Application.class);
        application.setWebApplicationType(WebApplicationType.NONE);
        application.setRegisterShutdownHook(false);
        application.addInitializers(context -> context.getBeanFactory().registerSingleton("bucket", bucket));
        application.setDefaultProperties(Map.of(
                "spring.datasource.url", hostUrl(), "state", state().toString(), "spring.main.banner-mode", "off"));
        for (int start = 0; start < 2; start++) {
            try (var context = application.run()) {
                assertThat(context.getBean(Gateway.class).sftpPort()).isPresent();
                assertThat(context.getBean(JdbcTemplate.class).queryForList("SELECT id FROM orders"))
                        .isEmpty();
            }
            assertEachHasItsOwnTables();
        }
    }
}
