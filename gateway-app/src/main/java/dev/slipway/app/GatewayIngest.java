package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.account.Account;
import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.ReadReservations;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.ingest.archive.ArchiveSettings;
import dev.slipway.ingest.archive.Archives;
import dev.slipway.ingest.pull.Pulls;
import dev.slipway.ingest.retention.RetentionTasks;
import dev.slipway.ingest.rule.ArchiveFolder;
import dev.slipway.ingest.target.Targets;
import dev.slipway.ingest.watch.Watches;
import dev.slipway.transfer.Transfers;
import java.io.UncheckedIOException;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;

/** What brings files into a gateway by itself, according to the settings. */
final class GatewayIngest implements AutoCloseable {
    private final Pulls pulls;
    private final Watches watches;
    private final Archives archives;
    private final RetentionTasks retention;

    /**
     * Does not start anything yet.
     *
     * @param transfers not started yet; closed by the caller, after this
     * @param accounts finds accounts
     * @param store counts what is stored, and shows no archived objects
     * @param reads of the same store
     * @param memory for what is read ahead
     * @throws ConfigurationException the CA file of the server for manifests cannot be used
     */
    GatewayIngest(
            GatewaySettings settings,
            Transfers transfers,
            ObjectFileSystems fileSystems,
            Function<String, Optional<Account>> accounts,
            StateDatabase database,
            ObjectStore store,
            ReadReservations reads,
            PartPool memory,
            Clock clock)
            throws ConfigurationException {
        Targets targets = new Targets(fileSystems, accounts, settings.s3().bucket());
        pulls = new Pulls(settings.pulls(), transfers, targets, database, memory, clock);
        watches = new Watches(database, targets, settings.watches(), clock);
        try {
            archives = new Archives(
                    settings.archives(),
                    settings.manifest(),
                    transfers,
                    fileSystems,
                    database,
                    store,
                    reads,
                    settings.s3().bucket(),
                    clock);
        } catch (IllegalArgumentException | UncheckedIOException e) {
            if (settings.manifest().caFile() == null) {
                throw e;
            }
            throw new ConfigurationException(List.of(
                    Problem.of("manifest.caFile", settings.manifest().caFile(), String.valueOf(e.getMessage()))));
        }
        retention = new RetentionTasks(
                settings.retention(),
                transfers,
                fileSystems,
                accounts,
                database,
                store,
                settings.s3().bucket(),
                clock);
    }

    /** The tags that pulls and watches give their files for rules, by the accounts that these are uploaded by. */
    static Map<String, List<String>> ruleTags(GatewaySettings settings) {
        Map<String, List<String>> tags = new HashMap<>();
        settings.pulls()
                .forEach(pull -> tags.put(new OwnWork(Origin.PULL, pull.name()).accountName(), pull.ruleTags()));
        settings.watches()
                .forEach(watch -> tags.put(new OwnWork(Origin.WATCH, watch.name()).accountName(), watch.ruleTags()));
        return tags;
    }

    /** Where archive tasks find their files, if not in local folders, by the names of the tasks. */
    static Map<String, ArchiveFolder> archiveFolders(GatewaySettings settings) {
        Map<String, ArchiveFolder> folders = new HashMap<>();
        for (ArchiveSettings task : settings.archives()) {
            String bucket = Objects.requireNonNullElse(
                    task.source().bucket(),
                    Objects.requireNonNullElse(settings.s3().bucket(), ""));
            if (task.source().folder() == null && !bucket.isEmpty()) {
                String prefix = Objects.requireNonNullElse(task.source().prefix(), "");
                folders.put(task.name(), new ArchiveFolder(bucket, prefix));
            }
        }
        return folders;
    }

    Pulls pulls() {
        return pulls;
    }

    Watches watches() {
        return watches;
    }

    Archives archives() {
        return archives;
    }

    RetentionTasks retention() {
        return retention;
    }

    /** Starts to run pulls, archive and retention tasks by their schedules, and to watch folders; after the transfers. Blocks for the database. */
    void start() {
        pulls.start();
        watches.start();
        archives.start();
        retention.start();
    }

    @Override
    public void close() {
        retention.close();
        archives.close();
        watches.close();
        pulls.close();
    }
}
