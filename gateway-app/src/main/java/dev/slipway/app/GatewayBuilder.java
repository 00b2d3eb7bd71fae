package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.keys.ServerCertificate;
import dev.slipway.core.event.GatewayEvent;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * Collects the settings of a gateway that is part of another program. Nothing is checked before {@link #start}, which
 * reports every problem at once. Not safe for use by several threads.
 */
public final class GatewayBuilder {
    private final Map<String, String> values = new LinkedHashMap<>();
    private final List<Consumer<? super GatewayEvent>> subscribers = new ArrayList<>();
    private Clock clock = Clock.systemUTC();
    private @Nullable MeterRegistry meters;
    private @Nullable DataSource database;
    private @Nullable Authenticator authenticator;
    private @Nullable Supplier<ServerCertificate> certificate;
    private int accounts;
    private int remotes;

    GatewayBuilder() {}

    /**
     * Any setting, by its key in {@code docs/reference/configuration.md}, as one would write it in the file.
     *
     * @param key such as {@code ftps.idleTimeout} or {@code accounts[0].mounts[0].prefix}
     */
    public GatewayBuilder set(String key, String value) {
        values.put(key, value);
        return this;
    }

    /** The URL of an S3-compatible store. Default: Amazon S3. */
    public GatewayBuilder endpoint(URI endpoint) {
        return set("s3.endpoint", endpoint.toString());
    }

    /** The store's region. Default: {@code us-east-1}. */
    public GatewayBuilder region(String region) {
        return set("s3.region", region);
    }

    /** Fixed credentials for the store. Default: the AWS default chain. */
    public GatewayBuilder credentials(String accessKey, String secretKey) {
        return set("s3.accessKey", accessKey).set("s3.secretKey", secretKey);
    }

    /** The default bucket: that of accounts and mounts that name none. */
    public GatewayBuilder bucket(String bucket) {
        return set("s3.bucket", bucket);
    }

    /**
     * The directory for keys and, unless {@link #database} is set, the state database. Default: {@code slipway-state} in the
     * working directory.
     */
    public GatewayBuilder stateDirectory(Path directory) {
        return set("state.directory", directory.toAbsolutePath().toString());
    }

    /** The address of all listeners. Default: every interface. */
    public GatewayBuilder bind(String address) {
        return set("ftps.bind", address).set("sftp.bind", address);
    }

    /** The control port of explicit FTPS; 0 for a free one. */
    public GatewayBuilder explicitPort(int port) {
        return set("ftps.explicitPort", String.valueOf(port));
    }

    /** The control port of implicit FTPS; 0 for a free one. */
    public GatewayBuilder implicitPort(int port) {
        return set("ftps.implicitPort", String.valueOf(port));
    }

    /** The ports of passive data connections; 0 and 0 for any free ports. */
    public GatewayBuilder passivePorts(int first, int last) {
        return set("ftps.passivePorts", first == last ? String.valueOf(first) : first + "-" + last);
    }

    /** The port of SFTP and SCP; 0 for a free one. */
    public GatewayBuilder sftpPort(int port) {
        return set("sftp.port", String.valueOf(port));
    }

    /** Adds an account that may do everything in the whole default bucket. */
    public GatewayBuilder account(String name, String password) {
        return account(name, password, "");
    }

    /**
     * Adds an account that may do everything below a prefix of the default bucket.
     *
     * @param prefix ends with {@code /}; empty for the whole bucket
     */
    public GatewayBuilder account(String name, String password, String prefix) {
        AccountSpecification account = AccountSpecification.named(name).password(password);
        return account(prefix.isEmpty() ? account : account.mount(MountSpecification.of("/", prefix)));
    }

    /** Adds an account. It counts as one of the configuration: commands and the HTTP API can read it, but not change it. */
    public GatewayBuilder account(AccountSpecification account) {
        String key = "accounts[" + accounts++ + "].";
        account.settings().forEach((name, value) -> set(key + name, value));
        return this;
    }

    /** Adds a server that files can be pushed to. It counts as one of the configuration. */
    public GatewayBuilder remote(RemoteSpecification remote) {
        String key = "remotes[" + remotes++ + "].";
        remote.settings().forEach((name, value) -> set(key + name, value));
        return this;
    }

    /** Accounts that the program manages itself. Default: none. */
    public GatewayBuilder authenticator(Authenticator value) {
        authenticator = value;
        return this;
    }

    /**
     * A PostgreSQL database for the state, from a pool of the program. Default: the database of {@code state.*}, a SQLite
     * file. The gateway creates its tables there; it uses up to 9 connections at once, and holds one of them for as long as
     * it runs. The pool stays the program's, which closes it after the gateway.
     */
    public GatewayBuilder database(DataSource value) {
        database = value;
        return this;
    }

    /** A registry for the gateway's meters; {@code docs/reference/metrics.md} lists them. Stays the program's. */
    public GatewayBuilder meterRegistry(MeterRegistry value) {
        meters = value;
        return this;
    }

    /** The time of day, for expiry dates, quotas, jobs and events. Default: the system's. */
    public GatewayBuilder clock(Clock value) {
        clock = value;
        return this;
    }

    /**
     * The certificate for FTPS and the admin port.
     *
     * @param key the private key of the first certificate
     * @param chain the server's certificate first, then the intermediates
     */
    public GatewayBuilder certificate(PrivateKey key, List<X509Certificate> chain) {
        ServerCertificate fixed = new ServerCertificate(chain, key);
        return certificates(() -> fixed);
    }

    /**
     * A source of certificates, for programs that renew theirs.
     *
     * @param source called for each new TLS session, by several threads at once; must not block. A new certificate must be
     *     a new object
     */
    public GatewayBuilder certificates(Supplier<ServerCertificate> source) {
        certificate = source;
        return this;
    }

    /**
     * Adds a subscriber to every login, logout and file operation.
     *
     * @param subscriber called on the thread that serves the client, by several threads at once; must not block.
     *     Its exceptions are logged and otherwise ignored. It receives an upload when it is stored, before the
     *     client is told
     */
    public GatewayBuilder onEvent(Consumer<? super GatewayEvent> subscriber) {
        subscribers.add(subscriber);
        return this;
    }

    /**
     * Starts the gateway; see {@link Gateway#start}.
     *
     * @throws ConfigurationException with every problem with the settings
     * @throws IOException the state directory, the state database or a key cannot be used
     */
    public Gateway start() throws ConfigurationException, IOException {
        return Gateway.start(
                SettingsLoader.of(values).settings(),
                new Hooks(clock, meters, database, authenticator, certificate, subscribers));
    }
}
