package dev.slipway.ingest.retention;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** The parts of a gateway that retention tasks need, and what somebody sees who looks at the store. */
final class RetainingGateway implements AutoCloseable {
    private static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);

    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final Transfers transfers;
    private final RetentionTasks tasks;
    private final String bucket;
    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();

    /**
     * A gateway with the account {@code anna}, who sees the prefix {@code anna/}.
     *
     * @param store closed with this
     */
    RetainingGateway(TestStore store, String bucket, Clock clock, List<RetentionSettings> settings) {
        this.store = store;
        this.bucket = bucket;
        Events published = new Events();
        published.subscribe(events::add);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .events(published)
                .build();
        transfers = new Transfers(
                store.database(),
                store.store(),
                new StoredRemotes(store.database(), SECRETS, List.of()),
                SECRETS,
                new PushSettings(null, PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.empty(), SourceRules.PUBLIC),
                new JobSettings(
                        3,
                        Duration.ofHours(1),
                        Duration.ofMillis(50),
                        Duration.ofMillis(200),
                        50,
                        Duration.ofDays(1),
                        1000,
                        Duration.ofMillis(50)),
                _ -> Optional.empty(),
                Clock.systemUTC());
        Account anna = new Account(
                "anna", List.of(new Mount(VirtualPath.ROOT, bucket, "anna/", true)), Set.of(Permission.READ));
        tasks = new RetentionTasks(
                settings,
                transfers,
                fileSystems,
                name -> name.equals("anna") ? Optional.of(anna) : Optional.empty(),
                store.database(),
                store.store(),
                bucket,
                clock);
        transfers.start();
        tasks.start();
    }

    /** A task named {@code old}, for files below {@code in/} that are older than 30 days. */
    static SettingsBuilder<RetentionSettings> settings() {
        return new SettingsBuilder<>(RetentionSettings.class)
                .set("name", "old")
                .set("source.prefix", "in/")
                .set("olderThan", "30d");
    }

    RetentionTasks tasks() {
        return tasks;
    }

    List<GatewayEvent> events() {
        return events;
    }

    Optional<Job> find(String job) {
        return transfers.jobs().find(job);
    }

    String start(boolean dryRun) throws RunningTaskException {
        return tasks.run("old", dryRun, "test");
    }

    Job await(String job) throws InterruptedException {
        Patience.await("the run ends", () -> find(job).orElseThrow().state().isEnd());
        return find(job).orElseThrow();
    }

    /** Runs the task to its end. */
    Job run(boolean dryRun) throws Exception {
        return await(start(dryRun));
    }

    /** What the last run has done. */
    RetentionReport report() {
        return tasks.history("old", 1).getFirst().report();
    }

    void put(String key, String content) throws IOException {
        try (ObjectWriter writer =
                store.store().write(new ObjectKey(bucket, key), ObjectAttributes.NONE, Duration.ofSeconds(30))) {
            writer.write(ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8)));
            var _ = writer.complete(WriteCondition.ALWAYS);
        }
    }

    /** Deletes a folder of the bucket and the only file in it, as a client does. */
    void deleteFolder(String path, String file) throws IOException {
        VirtualFileSystem files = fileSystems.open(new Account(
                "somebody", List.of(new Mount(VirtualPath.ROOT, bucket, "", false)), Set.of(Permission.values())));
        files.delete(VirtualPath.parse(path + "/" + file));
        files.rmdir(VirtualPath.parse(path));
    }

    /** An archive of the gateway, without members. */
    void putArchive(UUID id, String key) throws IOException {
        put(key, "an archive");
        Archive archive = new Archive(
                id, "logs", new ObjectKey(bucket, key), "\"e\"", Archive.Format.TAR_ZSTD, 0, 10, Instant.EPOCH);
        boolean _ = store.database()
                .inTransaction(handle -> new ArchiveTable(store.database()).insert(handle, archive, List.of()));
    }

    /** All keys that are no folders' markers, in their order. */
    List<String> keys() throws IOException {
        List<String> keys = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            ObjectPage page = store.store().list(bucket, "", false, cursor, 1000);
            page.objects().stream()
                    .map(object -> object.key().key())
                    .filter(key -> !key.endsWith("/"))
                    .forEach(keys::add);
            cursor = page.next();
        } while (cursor != null);
        return keys;
    }

    @Override
    public void close() {
        tasks.close();
        transfers.close();
        fileSystems.close();
        store.close();
    }
}
