package dev.slipway.admin;

import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.account.ThrottledLogin;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Operation;
import dev.slipway.core.net.ConnectionAdmission;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.RequestObserver;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.archive.ArchiveCounters;
import dev.slipway.ingest.archive.Archives;
import dev.slipway.ingest.archive.ManifestCounters;
import dev.slipway.ingest.pull.PullCounters;
import dev.slipway.ingest.pull.Pulls;
import dev.slipway.ingest.retention.RetentionCounters;
import dev.slipway.ingest.retention.RetentionTasks;
import dev.slipway.ingest.rule.RuleCounters;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.watch.Watches;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.core.instrument.binder.system.UptimeMetrics;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.IntSupplier;
import java.util.function.ToDoubleFunction;

/**
 * Counts what a gateway does. No tag has a value chosen by clients, such as a path or an account, so the number of time
 * series is bounded. Safe for use by several threads; nothing blocks.
 */
public final class GatewayMetrics implements RequestObserver, AutoCloseable {
    private static final Duration[] TRANSFERS = {
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30),
        Duration.ofMinutes(2),
        Duration.ofMinutes(10),
        Duration.ofHours(1)
    };
    private static final Duration[] REQUESTS = {
        Duration.ofMillis(10),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofSeconds(5),
        Duration.ofSeconds(30)
    };

    private final MeterRegistry registry;
    private final JvmGcMetrics garbageCollection = new JvmGcMetrics();

    /** @param registry the registry for the meters; closed by the caller */
    public GatewayMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    /** Counts logins, operations and bytes from now on. */
    public void follow(Events events) {
        events.subscribe(this::count);
    }

    /** Shows how many sessions there are. */
    public void watch(Sessions sessions) {
        for (Protocol protocol : Protocol.values()) {
            Gauge.builder("slipway.sessions", sessions, all -> all.count(protocol))
                    .description("Sessions that are logged in")
                    .tag("protocol", show(protocol))
                    .register(registry);
        }
    }

    /** Counts logins that fail without a password check. */
    public void watch(AccountDirectory accounts) {
        for (ThrottledLogin reason : ThrottledLogin.values()) {
            FunctionCounter.builder("slipway.logins.throttled", accounts, all -> all.throttled(reason))
                    .description("Logins that failed without a password check")
                    .tag("reason", show(reason))
                    .register(registry);
        }
    }

    /** Shows the number of connections that have not logged in, and counts refused ones. */
    public void watch(Protocol protocol, ConnectionAdmission admission) {
        Gauge.builder("slipway.connections.unauthenticated", admission, ConnectionAdmission::unauthenticated)
                .description("Connections that have not logged in")
                .tag("protocol", show(protocol))
                .register(registry);
        for (ConnectionAdmission.Refusal reason : ConnectionAdmission.Refusal.values()) {
            FunctionCounter.builder("slipway.connections.refused", admission, all -> all.refused(reason))
                    .description("Connections that were refused")
                    .tag("protocol", show(protocol))
                    .tag("reason", show(reason))
                    .register(registry);
        }
    }

    /**
     * Shows how much of a budget is in use.
     *
     * @param name its name: {@code uploads}, {@code downloads}, {@code earlyBlocks} or {@code listings}
     */
    public void watch(String name, PartPool memory) {
        Gauge.builder("slipway.memory.budget", memory, PartPool::budgetBytes)
                .description("Memory that transfers can reserve at most")
                .baseUnit("bytes")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("slipway.memory.reserved", memory, PartPool::reservedBytes)
                .description("Memory that open transfers have reserved")
                .baseUnit("bytes")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("slipway.memory.largest.account", memory, PartPool::largestAccountBytes)
                .description("Memory that the transfers of one account have reserved, of the account with most")
                .baseUnit("bytes")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("slipway.memory.used", memory, PartPool::usedBytes)
                .description("Memory that holds bytes in transit")
                .baseUnit("bytes")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("slipway.memory.transfers", memory, PartPool::open)
                .description("Transfers that hold a memory reservation")
                .tag("pool", name)
                .register(registry);
        Gauge.builder("slipway.memory.waiting", memory, PartPool::waiting)
                .description("Transfers that wait for memory")
                .tag("pool", name)
                .register(registry);
    }

    /** Counts leftover uploads. */
    public void watch(UploadSweeper sweeper) {
        FunctionCounter.builder("slipway.sweeper.aborted", sweeper, UploadSweeper::aborted)
                .description("Uploads of earlier runs that were aborted")
                .register(registry);
        Gauge.builder("slipway.sweeper.failing", sweeper, UploadSweeper::failing)
                .description("Uploads of earlier runs that the last sweep could not abort or look up")
                .register(registry);
    }

    /**
     * Counts events that webhooks or the broker do not receive.
     *
     * @param reason why: {@code unclear}, {@code backlog} or {@code undelivered}
     * @param source must be kept referenced by the caller
     */
    public <T> void watchDroppedEvents(String reason, T source, ToDoubleFunction<T> dropped) {
        FunctionCounter.builder("slipway.events.dropped", source, dropped)
                .description("Events that webhooks or the broker do not receive")
                .tag("reason", reason)
                .register(registry);
    }

    /** Shows how many directories are being renamed. */
    public void watch(ObjectFileSystems files) {
        Gauge.builder("slipway.renames", files, ObjectFileSystems::renamesUnderWay)
                .description("Directories that are being renamed")
                .register(registry);
    }

    /** Counts the runs of pulls. */
    public void watch(Pulls pulls) {
        pulls.counters().forEach((pull, counters) -> {
            countRuns(pull, "succeeded", counters, PullCounters::succeeded);
            countRuns(pull, "failed", counters, PullCounters::failed);
            countRuns(pull, "skipped", counters, PullCounters::skipped);
            FunctionCounter.builder("slipway.pulls.failed.files", counters, PullCounters::failedFiles)
                    .description("Files that pulls could not store, and folders that they could not list")
                    .tag("pull", pull)
                    .register(registry);
            Gauge.builder("slipway.pulls.last.success", counters, PullCounters::lastSuccess)
                    .description("When a run of a pull has last succeeded on this gateway, since 1970")
                    .baseUnit("seconds")
                    .tag("pull", pull)
                    .register(registry);
        });
    }

    private void countRuns(String pull, String outcome, PullCounters counters, ToDoubleFunction<PullCounters> count) {
        FunctionCounter.builder("slipway.pulls.runs", counters, count)
                .description("Runs of pulls")
                .tag("pull", pull)
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Counts archives and the runs of the tasks that make them. */
    public void watch(Archives archives) {
        archives.counters().forEach((task, counters) -> {
            countArchiveRuns(task, "succeeded", counters, ArchiveCounters::succeeded);
            countArchiveRuns(task, "failed", counters, ArchiveCounters::failed);
            FunctionCounter.builder("slipway.archives.made", counters, ArchiveCounters::archives)
                    .description("Archives that were made")
                    .tag("task", task)
                    .register(registry);
            FunctionCounter.builder("slipway.archives.files", counters, ArchiveCounters::files)
                    .description("Files that were put into archives")
                    .tag("task", task)
                    .register(registry);
            Gauge.builder("slipway.archives.last.success", counters, ArchiveCounters::lastSuccess)
                    .description("When a run of an archive task has last succeeded on this gateway, since 1970")
                    .baseUnit("seconds")
                    .tag("task", task)
                    .register(registry);
        });
        if (archives.manifests().isOn()) {
            ManifestCounters manifests = archives.manifests().counters();
            FunctionCounter.builder("slipway.archives.manifests.entries", manifests, ManifestCounters::entries)
                    .description("Entries of archives' members that the search server has stored")
                    .register(registry);
            FunctionCounter.builder("slipway.archives.manifests.failures", manifests, ManifestCounters::failures)
                    .description("Attempts to have the search server store the manifest of an archive that failed")
                    .register(registry);
            FunctionCounter.builder("slipway.archives.manifests.fallbacks", manifests, ManifestCounters::fallbacks)
                    .description("Manifests of archives that went to the fallback bucket")
                    .register(registry);
            Gauge.builder("slipway.archives.manifests.waiting", manifests, ManifestCounters::waiting)
                    .description("Manifests of archives that the search server has not stored yet")
                    .register(registry);
        }
    }

    private void countArchiveRuns(
            String task, String outcome, ArchiveCounters counters, ToDoubleFunction<ArchiveCounters> count) {
        FunctionCounter.builder("slipway.archives.runs", counters, count)
                .description("Runs of archive tasks")
                .tag("task", task)
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Counts the runs of retention tasks, and the files that they delete or move. */
    public void watch(RetentionTasks retention) {
        retention.counters().forEach((task, counters) -> {
            countRetentionRuns(task, "succeeded", counters, RetentionCounters::succeeded);
            countRetentionRuns(task, "failed", counters, RetentionCounters::failed);
            countRetentionRuns(task, "skipped", counters, RetentionCounters::skipped);
            FunctionCounter.builder("slipway.retention.files", counters, RetentionCounters::files)
                    .description("Old files that were deleted or moved")
                    .tag("task", task)
                    .register(registry);
            FunctionCounter.builder("slipway.retention", counters, RetentionCounters::bytes)
                    .description("Bytes of old files that were deleted or moved")
                    .baseUnit("bytes")
                    .tag("task", task)
                    .register(registry);
            Gauge.builder("slipway.retention.last.success", counters, RetentionCounters::lastSuccess)
                    .description("When a run of a retention task has last succeeded on this gateway, since 1970")
                    .baseUnit("seconds")
                    .tag("task", task)
                    .register(registry);
        });
    }

    private void countRetentionRuns(
            String task, String outcome, RetentionCounters counters, ToDoubleFunction<RetentionCounters> count) {
        FunctionCounter.builder("slipway.retention.runs", counters, count)
                .description("Runs of retention tasks")
                .tag("task", task)
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Counts the files that rules take, and shows how long they take. */
    public void watch(Rules rules) {
        rules.counters().forEach((rule, counters) -> {
            countRuleRuns(rule, "succeeded", counters, RuleCounters::succeeded);
            countRuleRuns(rule, "failed", counters, RuleCounters::failed);
            countRuleRuns(rule, "quarantined", counters, RuleCounters::quarantined);
            FunctionTimer.builder(
                            "slipway.rules.duration",
                            counters,
                            RuleCounters::succeeded,
                            RuleCounters::milliseconds,
                            TimeUnit.MILLISECONDS)
                    .description("Time from the end of an upload to the end of the last step of its rule")
                    .tag("rule", rule)
                    .register(registry);
        });
    }

    private void countRuleRuns(
            String rule, String outcome, RuleCounters counters, ToDoubleFunction<RuleCounters> count) {
        FunctionCounter.builder("slipway.rules.runs", counters, count)
                .description(
                        "Files that rules have taken through their steps or moved to a quarantine, and attempts that"
                                + " failed")
                .tag("rule", rule)
                .tag("outcome", outcome)
                .register(registry);
    }

    /** Counts the files of watched folders. */
    public void watch(Watches watches) {
        for (String name : watches.names()) {
            FunctionCounter.builder(
                            "slipway.watch.files",
                            watches,
                            all -> all.counts(name).files())
                    .description("Files of watched folders that were stored")
                    .tag("watch", name)
                    .register(registry);
            FunctionCounter.builder(
                            "slipway.watch.failures",
                            watches,
                            all -> all.counts(name).failures())
                    .description("Attempts to store files of watched folders that failed")
                    .tag("watch", name)
                    .register(registry);
            FunctionCounter.builder(
                            "slipway.watch.overflows",
                            watches,
                            all -> all.counts(name).overflows())
                    .description("Times that the kernel has dropped events of watched folders")
                    .tag("watch", name)
                    .register(registry);
            Gauge.builder(
                            "slipway.watch.waiting",
                            watches,
                            all -> all.counts(name).waiting())
                    .description("Files of watched folders that are to be looked at, or tried again")
                    .tag("watch", name)
                    .register(registry);
        }
    }

    /**
     * Shows the number of SSH key exchanges in progress, and counts refused ones.
     *
     * @param server must be kept referenced by the caller
     */
    public <T> void watchKeyExchanges(T server, ToDoubleFunction<T> underWay, ToDoubleFunction<T> refused) {
        Gauge.builder("slipway.ssh.key.exchanges", server, underWay)
                .description("SSH key exchanges that wait or are being computed")
                .register(registry);
        FunctionCounter.builder("slipway.ssh.key.exchanges.refused", server, refused)
                .description("SSH key exchanges that were refused because too many were in progress")
                .register(registry);
    }

    /** Shows how many files and directories SFTP clients have open. */
    public void watchOpenHandles(IntSupplier handles) {
        Gauge.builder("slipway.sftp.handles", handles, IntSupplier::getAsInt)
                .description("Files and directories that SFTP clients have open")
                .strongReference(true)
                .register(registry);
    }

    /** Shows whether clients should be sent here. */
    public void watch(BooleanSupplier ready) {
        Gauge.builder("slipway.ready", ready, state -> state.getAsBoolean() ? 1 : 0)
                .description("1 if the listeners are up, the store answers, and the gateway is not draining")
                .strongReference(true)
                .register(registry);
    }

    /** Shows the resources of the Java process. For at most one gateway per process. */
    public void watchProcess() {
        new JvmMemoryMetrics().bindTo(registry);
        new JvmThreadMetrics().bindTo(registry);
        new ClassLoaderMetrics().bindTo(registry);
        new ProcessorMetrics().bindTo(registry);
        new FileDescriptorMetrics().bindTo(registry);
        new UptimeMetrics().bindTo(registry);
        garbageCollection.bindTo(registry);
    }

    @Override
    public void requestEnded(String operation, Outcome outcome, Duration took) {
        Timer.builder("slipway.s3.requests")
                .description("Requests to the store, including retries")
                .tag("operation", operation)
                .tag("outcome", show(outcome))
                .serviceLevelObjectives(REQUESTS)
                .register(registry)
                .record(took);
    }

    private void count(GatewayEvent event) {
        switch (event) {
            case GatewayEvent.LoggedIn login -> countLogin(login.client().origin(), "ok");
            case GatewayEvent.LoginFailed failed -> countLogin(failed.protocol(), "failed");
            case GatewayEvent.SessionRefused refused -> countLogin(refused.protocol(), "refused");
            case GatewayEvent.LoggedOut _, GatewayEvent.CommandRun _, GatewayEvent.ApiCalled _ -> {}
            case GatewayEvent.Uploaded upload -> {
                countOperation(upload, "ok");
                countTransfer(upload.operation(), upload.client(), upload.bytes(), upload.took());
            }
            case GatewayEvent.Downloaded download -> {
                countOperation(download, "ok");
                countTransfer(download.operation(), download.client(), download.bytes(), download.took());
            }
            case GatewayEvent.Failed failed -> countOperation(failed, show(failed.failure()));
            case GatewayEvent.FileEvent done -> countOperation(done, "ok");
            case GatewayEvent.JobEnded ended -> countJob(ended);
            case GatewayEvent.MessageRefused _ ->
                Counter.builder("slipway.messages.refused")
                        .description("Messages that were rejected")
                        .register(registry)
                        .increment();
            case GatewayEvent.Scanned scanned ->
                Counter.builder("slipway.scans")
                        .description("Files that were scanned, or should have been")
                        .tag("result", show(scanned.result()))
                        .tag("accepted", Boolean.toString(scanned.accepted()))
                        .register(registry)
                        .increment();
            // Counted by the rules.
            case GatewayEvent.Quarantined _ -> {}
        }
    }

    private void countLogin(Enum<?> protocol, String outcome) {
        Counter.builder("slipway.logins")
                .description("Login attempts")
                .tag("protocol", show(protocol))
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    private void countJob(GatewayEvent.JobEnded ended) {
        Counter.builder("slipway.jobs.ended")
                .description("Jobs that have ended")
                .tag("outcome", ended.state().toLowerCase(Locale.ROOT))
                .register(registry)
                .increment();
        Counter.builder("slipway.jobs.transferred")
                .description("Bytes delivered by jobs, counted when they end")
                .baseUnit("bytes")
                .register(registry)
                .increment((double) ended.bytes());
    }

    private void countOperation(GatewayEvent.FileEvent event, String outcome) {
        Counter.builder("slipway.operations")
                .description("File operations that have ended")
                .tag("operation", show(event.operation()))
                .tag("protocol", show(event.client().origin()))
                .tag("outcome", outcome)
                .register(registry)
                .increment();
    }

    private void countTransfer(Operation operation, Client client, long bytes, Duration took) {
        String protocol = show(client.origin());
        Counter.builder("slipway.transferred")
                .description("Bytes of files that were stored or read, counted when they end")
                .baseUnit("bytes")
                .tag("operation", show(operation))
                .tag("protocol", protocol)
                .register(registry)
                .increment((double) bytes);
        Timer.builder("slipway.transfers")
                .description("Duration of transfers of files that were stored or read")
                .tag("operation", show(operation))
                .tag("protocol", protocol)
                .serviceLevelObjectives(TRANSFERS)
                .register(registry)
                .record(took);
    }

    private static String show(Enum<?> constant) {
        return constant.name().toLowerCase(Locale.ROOT);
    }

    /** Ends what {@link #watchProcess} has begun. The meters stay in their registry. */
    @Override
    public void close() {
        garbageCollection.close();
        // Their objects are gone; a registry that outlives this gateway must not show them to the next one.
        registry.getMeters().stream()
                .filter(meter -> meter.getId().getName().startsWith("slipway."))
                .toList()
                .forEach(registry::remove);
    }
}
