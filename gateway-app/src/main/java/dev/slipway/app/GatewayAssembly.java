package dev.slipway.app;

import dev.slipway.admin.AdminServer;
import dev.slipway.admin.GatewayMetrics;
import dev.slipway.admin.api.ApiServices;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.control.ControlServer;
import dev.slipway.admin.management.Activity;
import dev.slipway.admin.management.Services;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.log.AuditLog;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.account.SessionWatch;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.quota.StorageQuotas;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadOutbox;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.state.UsageTable;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.ResumeSettings;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.objects.S3ObjectStore;
import dev.slipway.core.store.s3.S3Access;
import dev.slipway.core.store.s3.S3Stores;
import dev.slipway.core.vfs.Bandwidth;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.core.vfs.SharedMemory;
import dev.slipway.core.vfs.UploadInspections;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.ingest.openpgp.OpenPgpKeys;
import dev.slipway.ingest.rule.FileScans;
import dev.slipway.ingest.rule.RuleOutbox;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.scan.Clamd;
import dev.slipway.ingest.scan.UploadScans;
import dev.slipway.sftp.SftpServer;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.outcome.Outcomes;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the parts of a gateway in order. Used once. */
final class GatewayAssembly {
    private static final Logger log = LoggerFactory.getLogger(GatewayAssembly.class);

    /** How often aborting leftover uploads of earlier runs is attempted, until the store accepts it. */
    private static final Duration SWEEP_INTERVAL = Duration.ofMinutes(5);

    private final GatewaySettings settings;
    private final Hooks hooks;
    private final Clock clock;
    private final Resources resources = new Resources();
    private final Events events = new Events();

    GatewayAssembly(GatewaySettings settings, Hooks hooks) {
        this.settings = settings;
        this.hooks = hooks;
        this.clock = hooks.clock();
    }

    /**
     * See {@link Gateway#start(GatewaySettings)}. If it fails, nothing is left open.
     *
     * @throws ConfigurationException the settings do not fit this machine, or a file that they name cannot be used
     * @throws IOException ports are in use, or the state directory or a key in it cannot be used
     */
    GatewayParts assemble() throws ConfigurationException, IOException {
        MachineChecks.of(settings).memory().filesAndAddresses().report();
        ListenAddresses addresses = ListenAddresses.of(settings);
        addresses.checkPorts(settings);
        boolean started = false;
        try {
            GatewayParts parts = open(addresses);
            started = true;
            return parts;
        } finally {
            if (!started) {
                resources.close();
            }
        }
    }

    private StateDatabase database() throws IOException {
        StateLocation location = StateLocation.of(settings.state());
        return resources.add(hooks.database() == null ? location.open() : location.open(hooks.database()));
    }

    /** The gateway's meters; null if nobody reads them. */
    private @Nullable GatewayMetrics metrics(@Nullable PrometheusMeterRegistry scraped) {
        MeterRegistry meters = hooks.meters();
        if (scraped == null && meters == null) {
            return null;
        }
        CompositeMeterRegistry all = new CompositeMeterRegistry();
        Stream.of(scraped, meters).filter(Objects::nonNull).forEach(all::add);
        return resources.add(new GatewayMetrics(all));
    }

    private GatewayParts open(ListenAddresses addresses) throws ConfigurationException, IOException {
        StateDirectory state =
                resources.add(StateDirectory.open(settings.state().directory()));
        GatewayKeys keys = GatewayKeys.open(settings, hooks, state);
        StateDatabase database = database();
        // First, since those who are told of uploads must miss none that an earlier run left behind.
        Outcomes outcomes = resources.add(OutcomeSettings.outcomes(settings, database, events, clock));
        OpenPgpKeys openPgpKeys = OpenPgpKeyFiles.read(settings);
        OpenPgpKeyFiles.unusable(settings, openPgpKeys, clock.instant())
                .forEach(problem -> log.warn("A step of a rule will fail: {}", problem));
        Rules rules = new Rules(settings.rules(), GatewayIngest.ruleTags(settings));
        RuleOutbox ruleOutbox = new RuleOutbox(rules);
        UploadTable journal = new UploadTable(
                database,
                clock,
                settings.resume().maxPerAccount(),
                UploadOutbox.all(List.of(outcomes.uploads(), ruleOutbox)));
        journal.recover();

        MemoryBudgets budgets = MemoryBudgets.of(settings);
        budgets.warnings(MachineChecks.machineMemory()).forEach(log::warn);
        PartPool uploadMemory = PartPool.forUploads(budgets.parts());
        PartPool downloadMemory = PartPool.forDownloads(budgets.downloads());
        SharedMemory sharedMemory = SharedMemory.of(budgets.earlyBlocks(), budgets.listings());
        PrometheusMeterRegistry scraped =
                settings.admin().port().isOn() ? new PrometheusMeterRegistry(PrometheusConfig.DEFAULT) : null;
        GatewayMetrics metrics = metrics(scraped);
        S3Access storeAccess = StoreSettings.of(settings);
        S3ObjectStore store = resources.add(S3Stores.open(
                storeAccess,
                uploadMemory,
                settings.memory().firstPart().bytes(),
                downloadMemory,
                journal,
                metrics == null ? RequestObserver.none() : metrics));

        hooks.subscribers().forEach(events::subscribe);
        if (settings.log().audit()) {
            AuditLog.follow(events);
        }
        if (metrics != null) {
            metrics.follow(events);
        }
        List<AccountEntry> configured = AccountSettings.accounts(settings);
        AccountDirectory accounts = accounts(configured, database);
        UploadSweeper sweeper = resources.add(
                new UploadSweeper(store, journal, clock, upload -> isOver(upload, settings.resume(), accounts)));
        StorageQuotas quotas = quotas(store, journal, database, accounts);
        Optional<Clamd> clamd = Clamd.of(settings.scan());
        clamd.ifPresent(resources::add);
        ObjectFileSystems fileSystems = fileSystems(quotas, database, accounts, sharedMemory, clamd);
        Sessions sessions = new Sessions(events, clock);
        var _ = resources.add(SessionWatch.start(sessions));
        GatewayTransfers transfers = resources.add(new GatewayTransfers(
                settings, database, store, outcomes, name -> accounts.find(name).flatMap(accounts::current), clock));
        GatewayIngest ingest = resources.add(new GatewayIngest(
                settings,
                transfers.transfers(),
                fileSystems,
                accounts::find,
                database,
                quotas.store(),
                store,
                sharedMemory.earlyBlocks(),
                clock));
        transfers.follow(
                rules,
                ruleOutbox,
                fileSystems,
                store,
                store,
                openPgpKeys,
                clamd.map(scanner -> new FileScans(scanner, accounts::all, accounts::find, events, clock)),
                GatewayIngest.archiveFolders(settings));
        transfers.start();
        ingest.start();
        // It may find uploads that an earlier run has completed, which rules take.
        sweeper.start(SWEEP_INTERVAL);
        ReadinessProbe readiness =
                resources.add(new ReadinessProbe(store, AccountSettings.buckets(settings), database));
        Activity activity = activity(
                sessions, fileSystems, uploadMemory, downloadMemory, sharedMemory, transfers.transfers(), readiness);
        Services services =
                services(configured, database, sessions, transfers.transfers(), ingest, rules, store, activity);
        CommandRunner commands = new CommandRunner(services, events, clock);
        openControl(commands);

        GatewayListeners listeners = new GatewayListeners(settings, addresses, resources);
        FtpsServer ftps = listeners.ftps(accounts, sessions, fileSystems, keys.tls(), commands);
        SftpServer sftp = listeners.sftp(state, accounts, sessions, fileSystems, keys.hostKeys(), commands);
        if (metrics != null) {
            watch(metrics, ftps, sftp);
            metrics.watch(sessions);
            metrics.watch(accounts);
            metrics.watch("uploads", uploadMemory);
            metrics.watch("downloads", downloadMemory);
            metrics.watch("earlyBlocks", sharedMemory.earlyBlocks());
            metrics.watch("listings", sharedMemory.listings());
            metrics.watch(sweeper);
            metrics.watchDroppedEvents("unclear", journal, UploadTable::dropped);
            metrics.watchDroppedEvents("backlog", outcomes, Outcomes::dropped);
            metrics.watchDroppedEvents("undelivered", outcomes, Outcomes::undelivered);
            metrics.watch(fileSystems);
            metrics.watch(ingest.pulls());
            metrics.watch(ingest.watches());
            metrics.watch(ingest.archives());
            metrics.watch(ingest.retention());
            metrics.watch(rules);
            metrics.watch(readiness::isReady);
        }
        AdminServer admin = null;
        if (scraped != null && metrics != null) {
            metrics.watchProcess();
            admin = listeners.admin(
                    scraped, new ApiServices(services, accounts, fileSystems), readiness, keys.tls(), events, clock);
        }
        readiness.start();
        BucketProbes probes = resources.add(new BucketProbes(
                storeAccess, settings.s3().probe() ? AccountSettings.buckets(settings) : Set.of(), readiness));
        // First, since sessions whose clients wait for a rename would not end.
        AutoCloseable renames = fileSystems::leaveRenames;
        var _ = resources.add(renames);
        GatewayParts parts = new GatewayParts(
                resources,
                keys.tls(),
                keys.certificateAuthority(),
                keys.hostKeys(),
                uploadMemory,
                downloadMemory,
                sessions,
                transfers,
                ingest.watches(),
                services,
                ftps,
                sftp,
                readiness,
                admin,
                probes);
        listeners.publish(state, parts);
        return parts;
    }

    private AccountDirectory accounts(List<AccountEntry> configured, StateDatabase database) {
        AccountDirectory accounts = resources.add(new AccountDirectory(
                configured,
                new AccountTable(database),
                ProgramAccounts.of(hooks.authenticator(), settings.s3().bucket()),
                settings.logins(),
                clock,
                events));
        accounts.start();
        if (accounts.isEmpty()) {
            log.warn("There are no accounts yet. Add one with: slipway account add NAME");
        }
        return accounts;
    }

    /** Whether an interrupted upload can never be resumed. A disabled account may be enabled again. */
    private boolean isOver(InterruptedUpload upload, ResumeSettings resume, AccountDirectory accounts) {
        if (upload.since().plus(resume.keepFor()).isBefore(clock.instant())) {
            return true;
        }
        if (OwnWork.hasAccount(upload.owner().account())) {
            return false;
        }
        try {
            return accounts.find(upload.owner().account())
                    .filter(account -> account.resume() != ResumePolicy.OFF)
                    .isEmpty();
        } catch (IllegalStateException e) {
            log.debug("It is unknown whether the account of {} still exists", upload.key(), e);
            return false;
        }
    }

    private StorageQuotas quotas(
            S3ObjectStore store, UploadTable journal, StateDatabase database, AccountDirectory accounts) {
        StorageQuotas quotas = resources.add(new StorageQuotas(
                store,
                journal,
                new UsageTable(database),
                accounts::find,
                accounts::all,
                AccountSettings.defaultLimits(settings),
                settings.quota().recountEvery(),
                clock));
        quotas.start();
        return quotas;
    }

    private ObjectFileSystems fileSystems(
            StorageQuotas quotas,
            StateDatabase database,
            AccountDirectory accounts,
            SharedMemory sharedMemory,
            Optional<Clamd> clamd) {
        AccountLimits defaults = AccountSettings.defaultLimits(settings);
        ObjectFileSystems fileSystems =
                resources.add(ObjectFileSystems.builder(quotas.store(), new AttributeTable(database))
                        .clock(clock)
                        .admissionWait(settings.memory().admissionWait())
                        .idleLimit(settings.memory().idleUpload())
                        .current(accounts::current)
                        .events(events)
                        .quotas(quotas)
                        .bandwidth(new Bandwidth(
                                defaults,
                                settings.bandwidth().upload().bytes(),
                                settings.bandwidth().download().bytes()))
                        .memory(sharedMemory)
                        .inspections(clamd.<UploadInspections>map(
                                        scanner -> new UploadScans(settings.scan(), scanner, events, clock))
                                .orElse(UploadInspections.NONE))
                        .archived(new ArchiveTable(database))
                        .build());
        fileSystems.recover();
        return fileSystems;
    }

    /** Measures what the gateway does, if somebody can ask; null otherwise. */
    private @Nullable Activity activity(
            Sessions sessions,
            ObjectFileSystems fileSystems,
            PartPool uploads,
            PartPool downloads,
            SharedMemory shared,
            Transfers transfers,
            ReadinessProbe readiness) {
        if (!settings.admin().port().isOn()) {
            return null;
        }
        Map<String, PartPool> memory = new LinkedHashMap<>();
        memory.put("uploads", uploads);
        memory.put("downloads", downloads);
        memory.put("earlyBlocks", shared.earlyBlocks());
        memory.put("listings", shared.listings());
        return resources.add(new Activity(
                sessions,
                fileSystems.transfers(),
                memory,
                transfers.jobs(),
                () -> readiness.problem().map(List::of).orElse(List.of()),
                events,
                clock));
    }

    private Services services(
            List<AccountEntry> configured,
            StateDatabase database,
            Sessions sessions,
            Transfers transfers,
            GatewayIngest ingest,
            Rules rules,
            ObjectSources store,
            @Nullable Activity activity) {
        return new Services(
                database,
                configured,
                settings.s3().bucket(),
                AccountSettings.defaultLimits(settings),
                StateOptions::authorizedKey,
                transfers.remotes(),
                new ClientAccess(),
                new Services.Running(
                        sessions,
                        transfers.jobs(),
                        transfers.pushes(),
                        new GatewayPaths(store, transfers.client()),
                        ingest.pulls(),
                        ingest.watches(),
                        rules,
                        ingest.archives(),
                        ingest.retention(),
                        activity));
    }

    /** A gateway also serves its clients without a control socket. */
    private void openControl(CommandRunner commands) {
        Path socket = StateLocation.of(settings.state()).controlSocket();
        try {
            ControlServer _ = resources.add(ControlServer.start(socket, commands));
        } catch (IOException e) {
            log.warn("Commands from this machine, such as slipway sessions, are not available: {}", e.getMessage());
        }
    }

    private static void watch(GatewayMetrics metrics, @Nullable FtpsServer ftps, @Nullable SftpServer sftp) {
        if (ftps != null) {
            metrics.watch(Protocol.FTPS, ftps.admission());
        }
        if (sftp != null) {
            metrics.watch(Protocol.SFTP, sftp.admission());
            metrics.watchOpenHandles(sftp::openHandles);
            metrics.watchKeyExchanges(sftp, SftpServer::keyExchanges, SftpServer::refusedKeyExchanges);
        }
    }
}
