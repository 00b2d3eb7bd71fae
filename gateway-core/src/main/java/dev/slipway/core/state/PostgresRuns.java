package dev.slipway.core.state;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The gateways on a PostgreSQL database. Each holds an advisory lock in a separate database session for as long as it
 * runs. The server releases it when the connection ends: at once if the gateway is killed, and after some seconds of
 * silence if its machine or the network fails. See <a
 * href="https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS">PostgreSQL, advisory locks</a>.
 */
final class PostgresRuns implements Runs {
    private static final Logger log = LoggerFactory.getLogger(PostgresRuns.class);

    /** The first half of all lock keys; a value that nobody else on the server should use ("SLIP"). */
    private static final int LOCK_CLASS = 0x534C4950;

    private static final Duration LOOK_INTERVAL = Duration.ofSeconds(2);
    private static final int ANSWER_SECONDS = 10;

    /** The server notices within half a minute that a machine has failed. */
    private static final String NOTICE_DEAD_MACHINES =
            "SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4";

    private static final int NUMBERS_TO_TRY = 10;

    /** Opens the connection that holds the lock. */
    interface Connector {
        Connection connect() throws SQLException;
    }

    private final Connector connector;
    private final String name;
    private final DataSource dataSource;
    private final int number;
    private Connection session;
    private boolean locked = true;
    private final ScheduledExecutorService watch = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().name("state-lock").daemon().factory());

    PostgresRuns(PostgresAddress address, DataSource dataSource) throws SQLException {
        this(() -> connect(address), address.toString(), dataSource);
    }

    /** With a connection of a pool that another program has made. */
    PostgresRuns(DataSource dataSource) throws SQLException {
        this(
                () -> {
                    Connection connection = dataSource.getConnection();
                    connection.setAutoCommit(true);
                    connection.setNetworkTimeout(Runnable::run, ANSWER_SECONDS * 1000);
                    return noticingDeadMachines(connection);
                },
                "of the program",
                dataSource);
    }

    /** @param name for the log */
    private PostgresRuns(Connector connector, String name, DataSource dataSource) throws SQLException {
        this.connector = connector;
        this.name = name;
        this.dataSource = dataSource;
        this.session = connector.connect();
        try {
            this.number = lockAny(session);
        } catch (SQLException | RuntimeException e) {
            session.close();
            throw e;
        }
        var _ = watch.scheduleWithFixedDelay(
                this::look, LOOK_INTERVAL.toMillis(), LOOK_INTERVAL.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Connects lazily: the first use fails with the server's answer. */
    static HikariDataSource connect(PostgresAddress address, int connections) {
        HikariConfig config = new HikariConfig();
        config.setPoolName("state");
        config.setMaximumPoolSize(connections);
        config.setInitializationFailTimeout(-1);
        config.setConnectionInitSql(NOTICE_DEAD_MACHINES + "; SET idle_in_transaction_session_timeout = '30s'");
        config.setJdbcUrl(address.url());
        properties(address).forEach((name, value) -> config.addDataSourceProperty((String) name, value));
        return new HikariDataSource(config);
    }

    private static Properties properties(PostgresAddress address) {
        Properties properties = new Properties();
        if (address.user() != null) {
            properties.setProperty("user", address.user());
        }
        if (address.password() != null) {
            properties.setProperty("password", address.password());
        }
        properties.setProperty("ApplicationName", "slipway");
        properties.setProperty("tcpKeepAlive", "true");
        return properties;
    }

    private static Connection connect(PostgresAddress address) throws SQLException {
        Properties properties = properties(address);
        properties.setProperty("socketTimeout", String.valueOf(ANSWER_SECONDS));
        return noticingDeadMachines(DriverManager.getConnection(address.url(), properties));
    }

    private static Connection noticingDeadMachines(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(NOTICE_DEAD_MACHINES);
        } catch (SQLException | RuntimeException e) {
            connection.close();
            throw e;
        }
        return connection;
    }

    private static int lockAny(Connection session) throws SQLException {
        SecureRandom random = new SecureRandom();
        for (int tried = 0; tried < NUMBERS_TO_TRY; tried++) {
            int number = random.nextInt(1, Integer.MAX_VALUE);
            if (lock(session, number)) {
                return number;
            }
        }
        throw new SQLException("the advisory lock could not be acquired");
    }

    private static boolean lock(Connection session, int number) throws SQLException {
        try (PreparedStatement statement = session.prepareStatement("SELECT pg_try_advisory_lock(?, ?)")) {
            statement.setInt(1, LOCK_CLASS);
            statement.setInt(2, number);
            try (ResultSet row = statement.executeQuery()) {
                return row.next() && row.getBoolean(1);
            }
        }
    }

    /** Acquires the lock again after the server was unavailable. */
    private void look() {
        try {
            if (locked && session.isValid(ANSWER_SECONDS)) {
                return;
            }
            locked = false;
            session.close();
            session = connector.connect();
            // Fails until the server has noticed that the old connection has ended.
            locked = lock(session, number);
            if (locked) {
                log.warn("The connection to the state database was lost and restored");
            }
        } catch (SQLException e) {
            log.warn("The state database {} cannot be reached: {}", name, e.getMessage());
        } catch (RuntimeException e) {
            log.error("Supervising the connection to the state database failed; retrying", e);
        }
    }

    @Override
    public String own() {
        return String.valueOf(number);
    }

    @Override
    public Set<String> live() throws SQLException {
        Set<String> live = new HashSet<>();
        live.add(own());
        try (Connection connection = dataSource.getConnection();
                PreparedStatement statement = connection.prepareStatement("SELECT objid FROM pg_locks"
                        + " WHERE locktype = 'advisory' AND granted AND objsubid = 2 AND classid = ?"
                        + " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())")) {
            statement.setInt(1, LOCK_CLASS);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    live.add(rows.getString(1));
                }
            }
        }
        return live;
    }

    @Override
    public boolean shared() {
        return true;
    }

    /** Only the server knows its free space. */
    @Override
    public long freeBytes() {
        return Long.MAX_VALUE;
    }

    @Override
    public void close() {
        watch.shutdownNow();
        try {
            if (!watch.awaitTermination(2L * ANSWER_SECONDS, TimeUnit.SECONDS)) {
                log.warn("The connection to the state database does not close");
            }
            // So that others see it at once, rather than when the server notices the end of the connection.
            try (Statement statement = session.createStatement()) {
                statement.execute("SELECT pg_advisory_unlock_all()");
            }
            session.close();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (SQLException e) {
            log.debug("The lock's connection did not close", e);
        }
    }
}
