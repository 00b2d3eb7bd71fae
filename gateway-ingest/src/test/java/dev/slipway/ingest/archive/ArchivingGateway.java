package dev.slipway.ingest.archive;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The parts of a gateway that archives need, and what somebody sees who looks at the store. */
final class ArchivingGateway implements AutoCloseable {
    private static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);

    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final Transfers transfers;
    private final Archives archives;
    private final String bucket;

    /** @param store closed with this */
    ArchivingGateway(TestStore store, String bucket, List<ArchiveSettings> settings) {
        this(store, bucket, settings, new SettingsBuilder<>(ManifestSettings.class).build());
    }

    /** Likewise, with a server for manifests. */
    ArchivingGateway(TestStore store, String bucket, List<ArchiveSettings> settings, ManifestSettings manifest) {
        this.store = store;
        this.bucket = bucket;
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .archived(table())
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
        archives = new Archives(
                settings,
                manifest,
                transfers,
                fileSystems,
                store.database(),
                store.store(),
                store.store(),
                bucket,
                Clock.systemUTC());
        transfers.start();
        archives.start();
    }

    /** A task named {@code logs}, of the files below {@code in/} into archives below {@code archives/}. */
    static SettingsBuilder<ArchiveSettings> settings() {
        return new SettingsBuilder<>(ArchiveSettings.class)
                .set("name", "logs")
                .set("source.prefix", "in/")
                .set("target.prefix", "archives/");
    }

    Archives archives() {
        return archives;
    }

    ArchiveTable table() {
        return new ArchiveTable(store.database());
    }

    TestStore store() {
        return store;
    }

    String start(boolean all) {
        try {
            return archives.run("logs", all, "test");
        } catch (RunningTaskException e) {
            throw new AssertionError(e);
        }
    }

    /** Extracts a file, or all below a prefix, and waits for the end. */
    Job extract(String key) throws InterruptedException {
        return await(archives.extract(bucket, key, "test"));
    }

    Job await(String job) throws InterruptedException {
        Patience.await(
                "the run ends",
                () -> transfers.jobs().find(job).orElseThrow().state().isEnd());
        return transfers.jobs().find(job).orElseThrow();
    }

    boolean ended(String job) {
        return transfers.jobs().find(job).orElseThrow().state().isEnd();
    }

    /** All jobs. */
    List<Job> jobs() {
        return transfers.jobs().list(JobFilter.in(EnumSet.allOf(JobState.class), 100));
    }

    int attempts(String job) {
        return transfers.jobs().find(job).orElseThrow().attempt();
    }

    void cancel(String job) {
        transfers.jobs().cancel(job);
    }

    void retry(String job) {
        transfers.jobs().retry(job);
    }

    /** Runs the task to its end. */
    Job run(boolean all) throws InterruptedException {
        return await(start(all));
    }

    ObjectKey key(String key) {
        return new ObjectKey(bucket, key);
    }

    void put(String key, byte[] content) throws IOException {
        try (ObjectWriter writer = store.store().write(key(key), ObjectAttributes.NONE, Duration.ofSeconds(30))) {
            writer.write(ByteBuffer.wrap(content));
            var _ = writer.complete(WriteCondition.ALWAYS);
        }
    }

    /** The keys of a beginning that are no folders' markers, in their order. */
    List<String> keys(String prefix) throws IOException {
        List<String> keys = new ArrayList<>();
        @Nullable String cursor = null;
        do {
            ObjectPage page = store.store().list(bucket, prefix, false, cursor, 1000);
            page.objects().stream()
                    .map(object -> object.key().key())
                    .filter(key -> !key.endsWith("/"))
                    .forEach(keys::add);
            cursor = page.next();
        } while (cursor != null);
        return keys;
    }

    byte[] get(String key) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (ObjectReader reader =
                store.store().read(store.store().head(key(key)).orElseThrow(), 0)) {
            new ReaderStream(reader).transferTo(bytes);
        }
        return bytes.toByteArray();
    }

    @Override
    public void close() {
        archives.close();
        transfers.close();
        fileSystems.close();
        store.close();
    }
}
