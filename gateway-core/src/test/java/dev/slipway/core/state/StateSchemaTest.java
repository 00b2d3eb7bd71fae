package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Databases of earlier versions, and databases in which a host program applies its own migrations with Flyway. */
@Postgres
class StateSchemaTest {
    private static final String EARLIER_HISTORY = "flyway_schema_history";
    private static final Instant TIME = Instant.parse("2001-02-03T04:05:06Z");
    private static final ObjectInfo FILE = new ObjectInfo(new ObjectKey("bucket", "a"), 1, "1", Instant.EPOCH);

    private final PostgresDatabase postgres;

    @TempDir
    private Path folder;

    StateSchemaTest(PostgresDatabase postgres) {
        this.postgres = postgres;
    }

    private Path file() {
        return folder.resolve("state.db");
    }

    private String sqlite() {
        return "jdbc:sqlite:" + file();
    }

    /** The configuration of earlier versions: Flyway's default table, and no placeholders in the scripts. */
    private static FluentConfiguration earlierVersion(String url) {
        return Flyway.configure()
                .dataSource(url, null, null)
                .locations("classpath:dev/slipway/core/state/migration")
                .target("22");
    }

    /** A host program's migrations: a given script, and any others. */
    private FluentConfiguration host(String url, String script, String sql) throws IOException {
        Path scripts = Files.createDirectories(folder.resolve("host"));
        Files.writeString(scripts.resolve(script), sql);
        return Flyway.configure().dataSource(url, null, null).locations("filesystem:" + scripts);
    }

    private static List<String> strings(String url, String query) throws SQLException {
        List<String> strings = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(query)) {
            while (rows.next()) {
                strings.add(rows.getString(1));
            }
        }
        return strings;
    }

    private static List<String> scripts(String url, String history) throws SQLException {
        return strings(url, "SELECT script FROM " + history + " ORDER BY installed_rank");
    }

    private static List<String> tables(String url) throws SQLException {
        return strings(
                url,
                url.startsWith("jdbc:sqlite")
                        ? "SELECT name FROM sqlite_master WHERE type = 'table'"
                        : "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'");
    }

    private static void execute(String url, String sql) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    private StateDatabase open(String url) {
        return url.startsWith("jdbc:sqlite")
                ? StateDatabase.open(file())
                : StateDatabase.open(new PostgresAddress(url, null, null));
    }

    private void assertTakesOver(String url) throws Exception {
        earlierVersion(url).load().migrate();
        List<String> applied = scripts(url, EARLIER_HISTORY);
        execute(url, "INSERT INTO attributes VALUES ('bucket', 'a', '1', 0)");
        for (int i = 0; i < 2; i++) {
            open(url).close();
            assertThat(strings(url, "SELECT key FROM attributes")).containsExactly("a");
            assertThat(scripts(url, StateSchema.HISTORY)).startsWith(applied.toArray(String[]::new));
            assertThat(tables(url)).doesNotContain(EARLIER_HISTORY);
        }
    }

    @Test
    void theHistoryInAFileOfAnEarlierVersionIsConverted() throws Exception {
        assertTakesOver(sqlite());
    }

    @Test
    void theHistoryInAServerOfAnEarlierVersionIsConverted() throws Exception {
        assertTakesOver(postgres.url());
    }

    @Test
    void aFileOfAnOldVersionIsConvertedAndMigrated() throws Exception {
        earlierVersion(sqlite()).target("3").load().migrate();
        open(sqlite()).close();
        assertThat(scripts(sqlite(), StateSchema.HISTORY))
                .startsWith("V1__attributes_and_uploads.sql")
                .contains("V16__deliveries.sql")
                .doesNotHaveDuplicates();
    }

    private void assertKeepsSchedules(String url) throws Exception {
        earlierVersion(url)
                .placeholders(Map.of("bytewise", ""))
                .target("34")
                .load()
                .migrate();
        execute(url, "INSERT INTO pull_schedules VALUES ('both', '* * * * *|0 3 * * *|UTC', FALSE, 2, 3, 4, 'job')");
        execute(url, "INSERT INTO pull_schedules VALUES ('paused', '-|0 3 * * *|UTC', TRUE, NULL, 3, 0, NULL)");
        execute(url, "INSERT INTO retention_tasks VALUES ('old', '0 2 * * *|UTC', 5, 0, NULL)");
        execute(url, "INSERT INTO retention_tasks VALUES ('manual', '-|UTC', NULL, 0, 'job')");
        open(url).close();

        assertThat(strings(
                        url,
                        "SELECT kind || ',' || task || ',' || timetable || ',' || CASE WHEN paused THEN 'paused' ELSE '' END"
                                + " || ',' || TRIM(next_runs) || ',' || skipped || ',' || COALESCE(job, '')"
                                + " FROM scheduled_tasks"))
                .containsExactlyInAnyOrder(
                        "pull,both,* * * * *|0 3 * * *|UTC,,full=3 incremental=2,4,job",
                        "pull,paused,-|0 3 * * *|UTC,paused,full=3,0,",
                        "retention,old,0 2 * * *|UTC,,run=5,0,",
                        "retention,manual,-|UTC,,,0,job");
    }

    @Test
    void schedulesInAFileAreKept() throws Exception {
        assertKeepsSchedules(sqlite());
    }

    @Test
    void schedulesInAServerAreKept() throws Exception {
        assertKeepsSchedules(postgres.url());
    }

    /** Commands convert it, too, but not while a gateway of the earlier version has it open. */
    @Test
    void aCommandConvertsTheHistoryInAFile() throws Exception {
        earlierVersion(sqlite()).load().migrate();
        StateDatabase.join(file()).close();
        assertThat(tables(sqlite())).contains(StateSchema.HISTORY).doesNotContain(EARLIER_HISTORY);
    }

    @Test
    void gatewaysThatStartTogetherConvertTheHistoryOnce() throws Exception {
        earlierVersion(postgres.url()).load().migrate();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> starts = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                starts.add(threads.submit(() -> open(postgres.url()).close()));
            }
            for (Future<?> start : starts) {
                start.get();
            }
        }
        assertThat(scripts(postgres.url(), StateSchema.HISTORY)).doesNotHaveDuplicates();
        assertThat(tables(postgres.url())).doesNotContain(EARLIER_HISTORY);
    }

    /**
     * An earlier version ran a host program's scripts in its own file, because both were in Flyway's default location.
     */
    private void assertLeavesAHostsScripts(String url) throws Exception {
        earlierVersion(url).load().migrate();
        host(url, "V100__orders.sql", "CREATE TABLE orders (id INTEGER)")
                .ignoreMigrationPatterns("*:missing")
                .load()
                .migrate();
        List<String> both = scripts(url, EARLIER_HISTORY);
        open(url).close();
        assertThat(scripts(url, EARLIER_HISTORY)).isEqualTo(both);
        assertThat(scripts(url, StateSchema.HISTORY))
                .hasSizeGreaterThanOrEqualTo(both.size() - 1)
                .doesNotContain("V100__orders.sql")
                .doesNotHaveDuplicates();
        open(url).close();
    }

    @Test
    void scriptsOfAHostInAFileAreNotConverted() throws Exception {
        assertLeavesAHostsScripts(sqlite());
    }

    @Test
    void scriptsOfAHostInAServerAreNotConverted() throws Exception {
        assertLeavesAHostsScripts(postgres.url());
    }

    /** The host's script even has the name of one of ours. */
    @Test
    void theHistoryOfAHostInTheSameSchemaIsNotChanged() throws Exception {
        Flyway host = host(postgres.url(), "V2__accounts.sql", "CREATE TABLE customers (id INTEGER)")
                .load();
        host.migrate();
        try (StateDatabase database = open(postgres.url())) {
            new AttributeTable(database).put(FILE, TIME);
        }
        open(postgres.url()).close();

        assertThat(scripts(postgres.url(), EARLIER_HISTORY)).containsExactly("V2__accounts.sql");
        assertThat(scripts(postgres.url(), StateSchema.HISTORY)).contains("V1__attributes_and_uploads.sql");
        host.validate();
        assertThat(host.migrate().migrationsExecuted).isZero();
    }

    @Test
    void tablesOfAHostWithTheSameNamesAreRefusedAndNothingIsLeftBehind() throws Exception {
        execute(postgres.url(), "CREATE TABLE accounts (id INTEGER)");
        assertThatThrownBy(() -> open(postgres.url()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("currentSchema")
                .hasMessageContaining("accounts");
        assertThat(tables(postgres.url())).contains("accounts").doesNotContain("attributes", "uploads");

        execute(postgres.url(), "CREATE SCHEMA slipway");
        String own = postgres.url() + (postgres.url().contains("?") ? "&" : "?") + "currentSchema=slipway";
        try (StateDatabase database = open(own)) {
            new AttributeTable(database).put(FILE, TIME);
        }
        assertThat(tables(postgres.url())).doesNotContain("attributes");
    }
}
