package dev.slipway.app;

import dev.slipway.admin.AdminServer;
import dev.slipway.admin.GatewayMetrics;
import dev.slipway.admin.api.ApiServices;
import dev.slipway.admin.api.ApiSettings;
import dev.slipway.admin.api.HttpApi;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.Services;
import dev.slipway.admin.command.SitePush;
import dev.slipway.admin.control.ControlServer;
import dev.slipway.admin.http.HostCheck;
import dev.slipway.admin.http.HttpLimits;
import dev.slipway.admin.shell.CommandShell;
import dev.slipway.app.PortsTakenException.TakenPort;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.ListenPort;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.Secret;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.app.keys.TrustedCertificates;
import dev.slipway.app.log.AuditLog;
import dev.slipway.core.Protocol;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.LoginLimits;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.SessionWatch;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.quota.StorageQuotas;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.core.store.s3.ProbeReport;
import dev.slipway.core.store.s3.S3Settings;
import dev.slipway.core.store.s3.S3Stores;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import dev.slipway.core.vfs.Bandwidth;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.SharedMemory;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.sftp.SftpServer;
import dev.slipway.sftp.SftpSettings;
import dev.slipway.transfer.Transfers;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Path;
import java.security.PublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A running gateway: FTPS and SFTP listeners in front of an object store. There is no static state; several can run in
 * one process, each with a state directory of its own.
 *
 * <pre>{@code
 * try (Gateway gateway = Gateway.builder()
 *         .endpoint(URI.create("http://127.0.0.1:9000"))
 *         .credentials("access", "secret")
 *         .bucket("files")
 *         .account("anna", "a-long-password")
 *         .stateDirectory(Path.of("slipway-state"))
 *         .start()) {
 *     System.out.println("SFTP on port " + gateway.sftpPort().getAsInt());
 *     ...
 * }
 * }</pre>
 */
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);

    /** How often aborting leftover uploads of earlier runs is attempted, until the store accepts it. */
    private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(5);

    /** Resources to close, in reverse order. */
    private final Deque<AutoCloseable> open = new ArrayDeque<>();

    private final TlsIdentities tls;
    private final HostKeys hostKeys;
    private final @Nullable Path certificateAuthority;
    private final Sessions sessions;
    private final @Nullable FtpsServer ftps;
    private final @Nullable SftpServer sftp;
    private final ReadinessProbe readiness;
    private final @Nullable AdminServer admin;
    private volatile boolean draining;
    private final BucketProbes probes;
    private final PartPool uploadMemory;
    private final PartPool downloadMemory;
    private final GatewayTransfers transfers;

    /** A gateway configured by a program. */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Starts a gateway. Returns when every listener accepts connections; the store need not be reachable then (see
     * {@link #isReady}). Blocks for about a second at the first start, when keys are made.
     *
     * @throws ConfigurationException the settings do not fit this machine or this Java process, or a file that they
     *     name cannot be used; lists every problem
     * @throws PortsTakenException ports are in use; none was opened
     * @throws IOException the state directory, or a key in it, cannot be used
     */
    public static Gateway start(GatewaySettings settings) throws ConfigurationException, IOException {
        return new Gateway(settings, List.of());
    }

    private Gateway(GatewaySettings settings, List<Consumer<? super GatewayEvent>> subscribers)
            throws ConfigurationException, IOException {
        MachineChecks.of(settings).memory().filesAndAddresses().report();
        InetAddress ftpsAddress = InetAddress.getByName(settings.ftps().bind());
        InetAddress sftpAddress = InetAddress.getByName(settings.sftp().bind());
        InetAddress adminAddress = InetAddress.getByName(settings.admin().bind());
        checkPorts(settings, ftpsAddress, sftpAddress, adminAddress);
        boolean started = false;
        try {
            StateDirectory state = opened(StateDirectory.open(settings.state().directory()));
            hostKeys = HostKeys.openOrCreate(
                    Objects.requireNonNullElseGet(settings.sftp().hostKeys(), state::hostKeys));
            CertificateSource configured = certificate(settings.ftps());
            if (configured == null) {
                DevelopmentCa ca = DevelopmentCa.openOrCreate(state.certificates());
                tls = TlsIdentities.follow(
                        ca.server("server", settings.ftps().hostNames()),
                        settings.ftps().clientCaFile());
                certificateAuthority = ca.certificateFile();
                log.info(
                        "No certificate is configured: a development certificate is in use. Clients verify it with {}",
                        certificateAuthority);
            } else {
                tls = TlsIdentities.follow(configured, settings.ftps().clientCaFile());
                certificateAuthority = null;
            }

            StateDatabase database = opened(StateLocation.of(settings.state()).open());
            UploadTable journal = new UploadTable(
                    database, Clock.systemUTC(), settings.resume().maxPerAccount());
            journal.recover();
            MemoryBudgets budgets = MemoryBudgets.of(settings);
            budgets.warnings(MachineChecks.machineMemory()).forEach(log::warn);
            uploadMemory = PartPool.forUploads(budgets.parts());
            downloadMemory = PartPool.forDownloads(budgets.downloads());
            SharedMemory sharedMemory = SharedMemory.of(budgets.earlyBlocks(), budgets.listings());
            S3Settings storeSettings = StoreSettings.of(settings);
            PrometheusMeterRegistry registry =
                    settings.admin().port().isOn() ? new PrometheusMeterRegistry(PrometheusConfig.DEFAULT) : null;
            GatewayMetrics metrics = registry == null ? null : opened(new GatewayMetrics(registry));
            S3ObjectStore store = opened(S3Stores.open(
                    storeSettings,
                    uploadMemory,
                    settings.memory().firstPart().bytes(),
                    downloadMemory,
                    journal,
                    metrics == null ? RequestObserver.none() : metrics));
            Events events = new Events();
            subscribers.forEach(events::subscribe);
            if (settings.log().audit()) {
                AuditLog.follow(events);
            }
            if (metrics != null) {
                metrics.follow(events);
            }
            List<AccountEntry> configuredAccounts = accounts(settings);
            AccountDirectory accounts = opened(new AccountDirectory(
                    configuredAccounts,
                    new AccountTable(database),
                    loginLimits(settings.logins()),
                    Clock.systemUTC(),
                    events));
            accounts.start();
            UploadSweeper sweeper = opened(new UploadSweeper(
                    store, journal, Clock.systemUTC(), upload -> isOver(upload, settings.resume(), accounts)));
            sweeper.start(SWEEP_INTERVAL);
            if (accounts.isEmpty()) {
                log.warn("There are no accounts yet. Add one with: slipway account add NAME");
            }
            AccountLimits defaults = defaultLimits(settings);
            StorageQuotas quotas = opened(new StorageQuotas(
                    store,
                    journal,
                    new UsageTable(database),
                    accounts::find,
                    accounts::all,
                    defaults,
                    settings.quota().recountEvery(),
                    Clock.systemUTC()));
            quotas.start();
            ObjectFileSystems fileSystems = opened(new ObjectFileSystems(
                    quotas.store(),
                    new AttributeTable(database),
                    Clock.systemUTC(),
                    settings.memory().admissionWait(),
                    settings.memory().idleUpload(),
                    accounts::current,
                    events,
                    quotas,
                    new Bandwidth(
                            defaults,
                            settings.bandwidth().upload().bytes(),
                            settings.bandwidth().download().bytes()),
                    sharedMemory));
            fileSystems.recover();
            sessions = new Sessions(events, Clock.systemUTC());
            var _ = opened(SessionWatch.start(sessions));
            transfers = opened(new GatewayTransfers(
                    settings, database, store, name -> accounts.find(name).flatMap(accounts::current), events));
            transfers.start();
            Services services =
                    services(settings, configuredAccounts, database, sessions, transfers.transfers(), store);
            CommandRunner commands = new CommandRunner(services, events, Clock.systemUTC());
            openControl(settings, commands);

            if (settings.ftps().explicitPort().isOn()
                    || settings.ftps().implicitPort().isOn()) {
                ftps = opened(new FtpsServer(
                        ftpsSettings(settings, ftpsAddress),
                        accounts.over(Protocol.FTPS),
                        sessions,
                        fileSystems,
                        tls,
                        new SitePush(commands)));
                ftps.start();
            } else {
                ftps = null;
            }
            if (settings.sftp().port().isOn()) {
                TrustedCertificates trust = trust(settings.sftp());
                sftp = opened(new SftpServer(
                        sftpSettings(settings, budgets),
                        accounts.over(Protocol.SFTP),
                        sessions,
                        fileSystems,
                        hostKeys,
                        trust,
                        new CommandShell(commands, state.histories())));
                sftp.start();
            } else {
                sftp = null;
            }
            readiness = opened(new ReadinessProbe(store, buckets(settings), database));
            if (registry != null && metrics != null) {
                metrics.watch(sessions);
                metrics.watch(accounts);
                if (ftps != null) {
                    metrics.watch(Protocol.FTPS, ftps.admission());
                }
                if (sftp != null) {
                    metrics.watch(Protocol.SFTP, sftp.admission());
                }
                metrics.watch("uploads", uploadMemory);
                metrics.watch("downloads", downloadMemory);
                metrics.watch("earlyBlocks", sharedMemory.earlyBlocks());
                metrics.watch("listings", sharedMemory.listings());
                SftpServer listener = sftp;
                if (listener != null) {
                    metrics.watchOpenHandles(listener::openHandles);
                }
                metrics.watch(sweeper);
                metrics.watch(fileSystems);
                if (sftp != null) {
                    metrics.watchKeyExchanges(sftp, SftpServer::keyExchanges, SftpServer::refusedKeyExchanges);
                }
                metrics.watch(this::isReady);
                metrics.watchProcess();
                HttpApi api = new HttpApi(
                        new ApiServices(services, accounts),
                        ApiSettings.of(
                                settings.admin().tls(), settings.admin().tlsProxy(), adminAddress.isLoopbackAddress()),
                        events,
                        Clock.systemUTC());
                admin = opened(AdminServer.start(
                        new InetSocketAddress(
                                adminAddress, settings.admin().port().number()),
                        httpLimits(settings.admin()),
                        hosts(settings.admin()),
                        registry,
                        this::notReady,
                        api,
                        settings.admin().tls() ? tls.context() : null));
            } else {
                admin = null;
            }
            probes = opened(
                    new BucketProbes(storeSettings, settings.s3().probe() ? buckets(settings) : Set.of(), readiness));
            // First, since sessions whose clients wait for a rename would not end.
            AutoCloseable renames = fileSystems::leaveRenames;
            open.push(renames);
            logFingerprints();
            var _ = opened(new ListenersFile(state.listeners())
                    .with(settings.admin().tls() ? "https" : "http", adminAddress, adminPort())
                    .with("ssh", sftpAddress, sftpPort())
                    .with("ftp", ftpsAddress, explicitPort())
                    .with("ftps", ftpsAddress, implicitPort())
                    .write());
            started = true;
        } finally {
            if (!started) {
                close();
            }
        }
    }

    private static Services services(
            GatewaySettings settings,
            List<AccountEntry> configuredAccounts,
            StateDatabase database,
            Sessions sessions,
            Transfers transfers,
            ObjectSources store) {
        return new Services(
                database,
                configuredAccounts,
                settings.s3().bucket(),
                defaultLimits(settings),
                StateOptions::authorizedKey,
                transfers.remotes(),
                new ClientAccess(),
                new Services.Running(
                        sessions, transfers.jobs(), transfers.pushes(), new GatewayPaths(store, transfers.client())));
    }

    /** A gateway also serves its clients without a control socket. */
    private void openControl(GatewaySettings settings, CommandRunner commands) {
        Path socket = StateLocation.of(settings.state()).controlSocket();
        try {
            ControlServer _ = opened(ControlServer.start(socket, commands));
        } catch (IOException e) {
            log.warn("Commands from this machine, such as slipway sessions, are not available: {}", e.getMessage());
        }
    }

    /** Whether an interrupted upload can never be resumed. A disabled account may be enabled again. */
    private static boolean isOver(
            InterruptedUpload upload, GatewaySettings.Resume settings, AccountDirectory accounts) {
        boolean wanted = accounts.find(upload.owner().account())
                .filter(account -> account.resume() != ResumePolicy.OFF)
                .isPresent();
        return !wanted || upload.since().plus(settings.keepFor()).isBefore(Instant.now());
    }

    private <T extends AutoCloseable> T opened(T resource) {
        open.push(resource);
        return resource;
    }

    /** All unavailable ports are reported together, before anything is started. */
    private static HttpLimits httpLimits(GatewaySettings.Admin admin) {
        return new HttpLimits(
                admin.maxConnections(),
                admin.tlsProxy() ? admin.maxConnections() : admin.maxConnectionsPerAddress(),
                admin.requestTimeout(),
                admin.idleTimeout(),
                admin.answerTimeout());
    }

    private static HostCheck hosts(GatewaySettings.Admin admin) {
        return admin.tls() && admin.hosts().isEmpty()
                ? HostCheck.any()
                : HostCheck.names(Stream.concat(admin.hosts().stream(), Stream.of(admin.bind()))
                        .toList());
    }

    private static void checkPorts(GatewaySettings settings, InetAddress ftps, InetAddress sftp, InetAddress admin)
            throws PortsTakenException {
        Map<String, TakenPort> taken = new LinkedHashMap<>();
        checkPort("ftps.explicitPort", settings.ftps().explicitPort(), ftps, taken);
        checkPort("ftps.implicitPort", settings.ftps().implicitPort(), ftps, taken);
        checkPort("sftp.port", settings.sftp().port(), sftp, taken);
        checkPort("admin.port", settings.admin().port(), admin, taken);
        if (!taken.isEmpty()) {
            throw new PortsTakenException(taken);
        }
    }

    private static void checkPort(String key, ListenPort port, InetAddress address, Map<String, TakenPort> taken) {
        Ports.problem(address, port.number()).ifPresent(reason -> taken.put(key, new TakenPort(port.number(), reason)));
    }

    /** The trusted SSH certificate authorities and revocations. Reads files. */
    private static TrustedCertificates trust(GatewaySettings.Sftp sftp) throws IOException {
        return TrustedCertificates.follow(sftp.trustedUserCaKeys(), sftp.trustedUserCaFile(), sftp.revokedKeys());
    }

    /** The certificate in the settings, or null if a development certificate is needed. */
    static @Nullable CertificateSource certificate(GatewaySettings.Ftps ftps) {
        if (ftps.keyStore() != null && ftps.keyStorePassword() != null) {
            return new CertificateSource.Pkcs12File(ftps.keyStore(), ftps.keyStorePassword());
        }
        if (ftps.certificate() != null && ftps.key() != null) {
            return new CertificateSource.PemFiles(ftps.certificate(), ftps.key(), ftps.keyPassword());
        }
        return null;
    }

    private static FtpsSettings ftpsSettings(GatewaySettings settings, InetAddress address) {
        GatewaySettings.Ftps ftps = settings.ftps();
        return FtpsSettings.builder()
                .bindAddress(address)
                .explicitPort(toOptional(ftps.explicitPort()))
                .implicitPort(toOptional(ftps.implicitPort()))
                .implicitTlsWindow(ftps.detectImplicitTls() ? Optional.of(ftps.implicitTlsWindow()) : Optional.empty())
                .passivePorts(ftps.passivePorts().first(), ftps.passivePorts().last())
                .externalAddress(Optional.ofNullable(ftps.externalAddress()))
                .plainAllowed(ftps.plain())
                .dataProtectionRequired(ftps.requireDataProtection())
                .closeNotifyRequired(ftps.requireCloseNotify())
                .oldestTls(ftps.minimumTls())
                .tlsProvider(ftps.tlsProvider())
                .sessionReuse(ftps.sessionReuse())
                .clientCertificates(ftps.clientCertificates())
                .activeAllowed(ftps.active())
                .asciiConverted(ftps.convertAscii())
                .idleTimeout(ftps.idleTimeout())
                .dataConnectionTimeout(ftps.dataConnectionTimeout())
                .authenticationTimeout(ftps.authenticationTimeout())
                .connections(new ConnectionLimits(
                        ftps.maxSessions(),
                        ftps.maxUnauthenticatedConnections(),
                        ftps.randomDropFrom(),
                        ftps.randomDropPercent(),
                        ftps.maxUnauthenticatedPerAddress()))
                .proxyProtocol(new ProxyProtocol(settings.proxyProtocol().trusted()))
                .build();
    }

    private static OptionalInt toOptional(ListenPort port) {
        return port.isOn() ? OptionalInt.of(port.number()) : OptionalInt.empty();
    }

    private static SftpSettings sftpSettings(GatewaySettings settings, MemoryBudgets budgets) {
        GatewaySettings.Sftp sftp = settings.sftp();
        return SftpSettings.builder()
                .bindAddress(sftp.bind())
                .port(sftp.port().number())
                .idleTimeout(sftp.idleTimeout())
                .authenticationTimeout(sftp.authenticationTimeout())
                .maxAuthenticationTries(sftp.maxAuthenticationTries())
                .connections(sshConnections(sftp, budgets))
                .maxChannels(sftp.maxChannels())
                .maxOpenHandles(sftp.maxOpenHandles())
                .maxTotalOpenHandles(sftp.maxTotalOpenHandles())
                .windowMemory(budgets.windows())
                .legacyAlgorithms(sftp.legacyAlgorithms())
                .extraKeyExchanges(sftp.extraKeyExchanges())
                .maxKeyExchanges(sftp.maxKeyExchanges())
                .maxKeyExchangesPerAddress(sftp.maxKeyExchangesPerAddress())
                .rekeyInterval(sftp.rekeyInterval())
                .proxyProtocol(new ProxyProtocol(settings.proxyProtocol().trusted()))
                .build();
    }

    /** If the limit on unauthenticated connections follows from the heap, random refusals start proportionally earlier. */
    private static ConnectionLimits sshConnections(GatewaySettings.Sftp sftp, MemoryBudgets budgets) {
        int unauthenticated = budgets.sshUnauthenticated();
        int dropFrom = sftp.maxUnauthenticatedConnections() != null
                ? sftp.randomDropFrom()
                : Math.max(1, sftp.randomDropFrom() * unauthenticated / ConnectionLimits.DEFAULTS.maxUnauthenticated());
        return new ConnectionLimits(
                sftp.maxSessions(),
                unauthenticated,
                dropFrom,
                sftp.randomDropPercent(),
                sftp.maxUnauthenticatedPerAddress());
    }

    private static LoginLimits loginLimits(GatewaySettings.Logins logins) {
        return new LoginLimits(
                logins.failuresPerAddress(),
                logins.failuresPerAccount(),
                logins.forgetAfter(),
                logins.firstRefusal(),
                logins.longestRefusal(),
                logins.trustedFor(),
                logins.verifiedFor(),
                logins.maxChecks(),
                LoginLimits.DEFAULTS.remembered());
    }

    /** The accounts in the configuration. Hashes plain passwords, which takes a while. */
    static List<AccountEntry> accounts(GatewaySettings settings) {
        List<AccountEntry> entries = new ArrayList<>();
        for (GatewaySettings.Account account : settings.accounts()) {
            Integer maxSessions = account.maxSessions();
            entries.add(new AccountEntry(
                    new Account(
                            account.name(),
                            mounts(settings, account),
                            account.permissions(),
                            account.options(),
                            maxSessions == null ? Account.UNLIMITED : maxSessions,
                            account.resume(),
                            limits(account),
                            account.remotes()),
                    passwordHash(account),
                    account.authorizedKeys().stream()
                            .map(line -> AuthorizedKey.of(SshKeys.parsePublic(line), SshKeys.comment(line)))
                            .toList(),
                    true,
                    account.expires(),
                    account.protocols(),
                    account.networks(),
                    account.principals()));
        }
        return entries;
    }

    private static AccountLimits limits(GatewaySettings.Account account) {
        CountLimit files = account.quotaFiles();
        return new AccountLimits(
                limit(account.quotaBytes()),
                files == null ? AccountLimits.BY_DEFAULT : files.count(),
                limit(account.uploadRate()),
                limit(account.downloadRate()));
    }

    private static long limit(@Nullable SizeLimit limit) {
        return limit == null ? AccountLimits.BY_DEFAULT : limit.bytes();
    }

    /** The default limits of accounts. */
    static AccountLimits defaultLimits(GatewaySettings settings) {
        return new AccountLimits(
                settings.quota().bytes().bytes(),
                settings.quota().files().count(),
                settings.bandwidth().accountUpload().bytes(),
                settings.bandwidth().accountDownload().bytes());
    }

    private static @Nullable PasswordHash passwordHash(GatewaySettings.Account account) {
        Secret hash = account.passwordHash();
        Secret password = account.password();
        if (hash != null) {
            return PasswordHash.parse(hash.reveal());
        }
        return password == null ? null : PasswordHash.of(password.revealChars());
    }

    private static List<Mount> mounts(GatewaySettings settings, GatewaySettings.Account account) {
        List<Mount> mounts = new ArrayList<>();
        for (GatewaySettings.Mount mount : account.mounts()) {
            mounts.add(new Mount(
                    parse(mount.path()),
                    bucket(settings, mount.bucket()),
                    Objects.requireNonNullElse(mount.prefix(), ""),
                    mount.readOnly()));
        }
        if (mounts.isEmpty()) {
            mounts.add(new Mount(VirtualPath.ROOT, bucket(settings, null), "", false));
        }
        return mounts;
    }

    private static VirtualPath parse(String path) {
        try {
            return VirtualPath.parse(path);
        } catch (VfsException e) {
            throw new IllegalArgumentException("a mount's path was not checked: " + path, e);
        }
    }

    private static String bucket(GatewaySettings settings, @Nullable String bucket) {
        return Objects.requireNonNull(bucket == null ? settings.s3().bucket() : bucket, "s3.bucket was not checked");
    }

    /** The buckets of the accounts in the configuration or, if it has no accounts, the default bucket. */
    static Set<String> buckets(GatewaySettings settings) {
        Set<String> buckets = new HashSet<>();
        for (GatewaySettings.Account account : settings.accounts()) {
            mounts(settings, account).forEach(mount -> buckets.add(mount.bucket()));
        }
        if (buckets.isEmpty() && settings.s3().bucket() != null) {
            // All accounts are in the state database.
            buckets.add(settings.s3().bucket());
        }
        return buckets;
    }

    /** The fingerprints that clients compare; the listeners log their own addresses. */
    private void logFingerprints() {
        if (ftps != null) {
            log.info("Certificate fingerprint (SHA-256): {}", certificateFingerprint());
        }
        if (sftp != null) {
            hostKeys().forEach(key -> log.info("Host key {} {}", SshKeys.type(key), Fingerprints.of(key)));
        }
    }

    private List<String> notReady() {
        if (draining) {
            return List.of("the gateway is shutting down");
        }
        return readiness.problem().map(List::of).orElse(List.of());
    }

    /**
     * Whether clients should be sent here: the store answered the last check, the state database accepts writes, and
     * the gateway is not draining.
     */
    public boolean isReady() {
        return !draining && readiness.isReady();
    }

    /** The reports of the buckets probed since the start. */
    List<ProbeReport> probeReports() {
        return probes.reports();
    }

    /**
     * Waits until the gateway has been ready for the first time.
     *
     * @param limit the longest time to wait
     * @return whether it was ready in time
     */
    public boolean awaitReady(Duration limit) throws InterruptedException {
        return readiness.awaitReady(limit);
    }

    /** The control port of explicit FTPS; empty if there is none. */
    public OptionalInt explicitPort() {
        return ftps == null ? OptionalInt.empty() : ftps.explicitPort();
    }

    /** The control port of implicit FTPS; empty if there is none. */
    public OptionalInt implicitPort() {
        return ftps == null ? OptionalInt.empty() : ftps.implicitPort();
    }

    /** The port of SFTP and SCP; empty if there is none. */
    public OptionalInt sftpPort() {
        return sftp == null ? OptionalInt.empty() : OptionalInt.of(sftp.port());
    }

    /** The port of metrics and health; empty if there is none. */
    public OptionalInt adminPort() {
        return admin == null ? OptionalInt.empty() : OptionalInt.of(admin.port());
    }

    /** The SHA-256 fingerprint of the certificate that new FTPS sessions see. */
    public String certificateFingerprint() {
        return Fingerprints.of(tls.certificate().leaf());
    }

    /** The PEM file that clients verify the development certificate with; empty when a certificate was configured. */
    public Optional<Path> certificateAuthority() {
        return Optional.ofNullable(certificateAuthority);
    }

    /** The public host keys that new SSH sessions see. */
    public List<PublicKey> hostKeys() {
        return hostKeys.get().stream().map(pair -> pair.getPublic()).toList();
    }

    /** The memory that uploads hold. */
    PartPool uploadMemory() {
        return uploadMemory;
    }

    /** The memory that downloads hold. */
    PartPool downloadMemory() {
        return downloadMemory;
    }

    /**
     * Prepares the shutdown: stops listening and ends each session as soon as it is idle (FTP reply 421, SSH
     * disconnect); transfers in progress may finish. {@link #isReady} is false from now on. Blocks until all sessions
     * have ended, or until the limit; {@link #close}, which must still be called, aborts the rest.
     *
     * @param limit the longest time to wait; zero to not wait
     */
    public void drain(Duration limit) throws InterruptedException {
        draining = true;
        if (limit.isZero()) {
            return;
        }
        log.info(
                "Shutting down: {} sessions may finish within {} s",
                sessions.list().size(),
                limit.toSeconds());
        List<Callable<Boolean>> listeners = new ArrayList<>();
        if (ftps != null) {
            listeners.add(() -> ftps.drain(limit));
        }
        if (sftp != null) {
            listeners.add(() -> sftp.drain(limit));
        }
        listeners.add(() -> {
            transfers.drain(limit);
            return true;
        });
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> drained : executor.invokeAll(listeners)) {
                if (drained.state() == Future.State.FAILED) {
                    log.warn("Sessions could not be ended gracefully", drained.exceptionNow());
                }
            }
        }
        int left = sessions.list().size();
        if (left > 0) {
            log.warn("{} sessions did not end within {} s: their transfers are aborted", left, limit.toSeconds());
        }
    }

    /**
     * Stops listening, ends all sessions and aborts or interrupts their uploads, except those that are already being
     * committed. Blocks until they have ended, at most about a minute and a half. Closing a second time does nothing.
     */
    @Override
    public synchronized void close() {
        while (!open.isEmpty()) {
            AutoCloseable resource = open.pop();
            try {
                resource.close();
            } catch (Exception e) {
                log.warn("{} did not close cleanly", resource.getClass().getSimpleName(), e);
            }
        }
    }

    /** Collects the settings of a gateway that is part of another program. Not safe for use by several threads. */
    public static final class Builder {
        private final Map<String, String> values = new LinkedHashMap<>();
        private final List<Consumer<? super GatewayEvent>> subscribers = new ArrayList<>();
        private int accounts;

        private Builder() {}

        /**
         * Any setting, by its key in {@code docs/reference/configuration.md}, as one would write it in the file.
         *
         * @param key such as {@code ftps.idleTimeout} or {@code accounts[0].mounts[0].prefix}
         */
        public Builder set(String key, String value) {
            values.put(key, value);
            return this;
        }

        /** The URL of an S3-compatible store. Default: Amazon S3. */
        public Builder endpoint(URI endpoint) {
            return set("s3.endpoint", endpoint.toString());
        }

        /** The store's region. Default: {@code us-east-1}. */
        public Builder region(String region) {
            return set("s3.region", region);
        }

        /** Fixed credentials for the store. Default: the AWS default chain. */
        public Builder credentials(String accessKey, String secretKey) {
            return set("s3.accessKey", accessKey).set("s3.secretKey", secretKey);
        }

        /** The bucket of accounts that name none. */
        public Builder bucket(String bucket) {
            return set("s3.bucket", bucket);
        }

        /** The directory for the state database and keys. Default: {@code slipway-state} in the working directory. */
        public Builder stateDirectory(Path directory) {
            return set("state.directory", directory.toAbsolutePath().toString());
        }

        /** The address of all listeners. Default: every interface. */
        public Builder bind(String address) {
            return set("ftps.bind", address).set("sftp.bind", address);
        }

        /**
         * Adds a subscriber to every login, logout and file operation.
         *
         * @param subscriber called on the thread that serves the client, by several threads at once; must not block.
         *     Its exceptions are logged and otherwise ignored. It receives an upload when it is stored, before the
         *     client is told
         */
        public Builder onEvent(Consumer<? super GatewayEvent> subscriber) {
            subscribers.add(subscriber);
            return this;
        }

        /** The control port of explicit FTPS; 0 for a free one. */
        public Builder explicitPort(int port) {
            return set("ftps.explicitPort", String.valueOf(port));
        }

        /** The control port of implicit FTPS; 0 for a free one. */
        public Builder implicitPort(int port) {
            return set("ftps.implicitPort", String.valueOf(port));
        }

        /** The ports of passive data connections; 0 and 0 for any free ports. */
        public Builder passivePorts(int first, int last) {
            return set("ftps.passivePorts", first == last ? String.valueOf(first) : first + "-" + last);
        }

        /** The port of SFTP and SCP; 0 for a free one. */
        public Builder sftpPort(int port) {
            return set("sftp.port", String.valueOf(port));
        }

        /** An account that may do everything in the whole bucket. */
        public Builder account(String name, String password) {
            return account(name, password, "");
        }

        /**
         * An account that may do everything below a prefix of the bucket.
         *
         * @param prefix ends with {@code /}; empty for the whole bucket
         */
        public Builder account(String name, String password, String prefix) {
            String key = "accounts[" + accounts++ + "].";
            if (!prefix.isEmpty()) {
                set(key + "mounts[0].prefix", prefix);
            }
            return set(key + "name", name).set(key + "password", password);
        }

        /**
         * Starts the gateway; see {@link Gateway#start}.
         *
         * @throws ConfigurationException with every problem with the settings
         */
        public Gateway start() throws ConfigurationException, IOException {
            return new Gateway(SettingsLoader.of(values).settings(), subscribers);
        }
    }
}
