package dev.slipway.ingest.watch;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Mount;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.EntryCursor;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.OwnWork;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ingest.target.Targets;
import dev.slipway.testing.Patience;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** The parts of a gateway that store watched files. */
final class WatchingGateway implements AutoCloseable {
    private final TestBucket bucket;
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private final Watches watches;

    /** Starts to watch. */
    WatchingGateway(TestBucket bucket, Path state, WatchSettings... settings) {
        this(bucket, StateDatabase.open(state.resolve("state.db")), settings);
    }

    /**
     * Starts to watch.
     *
     * @param database closed with this
     */
    WatchingGateway(TestBucket bucket, StateDatabase database, WatchSettings... settings) {
        this.bucket = bucket;
        store = TestStore.with(database, bucket);
        Events published = new Events();
        published.subscribe(events::add);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(Duration.ofSeconds(10))
                .events(published)
                .build();
        watches = new Watches(
                store.database(),
                new Targets(fileSystems, _ -> Optional.empty(), bucket.name()),
                List.of(settings),
                Clock.systemUTC());
        watches.start();
    }

    /** The settings of the watch {@code w}. */
    static SettingsBuilder<WatchSettings> settings(Path folder) {
        return new SettingsBuilder<>(WatchSettings.class)
                .set("name", "w")
                .set("folder", folder)
                .set("scanEvery", "1s");
    }

    Watches watches() {
        return watches;
    }

    WatchStatus status() {
        return watches.find("w").orElseThrow();
    }

    List<GatewayEvent> events() {
        return events;
    }

    private VirtualFileSystem files() {
        return fileSystems.open(new OwnWork(Origin.WATCH, "test")
                .account(List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false))));
    }

    /** Loses the database, and with it the watches. The rest is to be closed later. */
    void kill() {
        store.kill();
    }

    /** The content of a file in the store; empty if there is none. */
    Optional<String> content(String path) throws VfsException {
        VirtualFileSystem files = files();
        FileEntry entry;
        try {
            entry = files.stat(VirtualPath.parse(path));
        } catch (VfsException _) {
            return Optional.empty();
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(entry.size()));
        try (FileDownload download = files.open(entry.path())) {
            while (bytes.hasRemaining() && download.read(bytes.position(), bytes) >= 0) {
                // More may follow.
            }
        }
        return Optional.of(new String(bytes.array(), StandardCharsets.UTF_8));
    }

    /** The paths of all files in the store. */
    SortedSet<String> stored() throws VfsException {
        SortedSet<String> paths = new TreeSet<>();
        collect(files(), VirtualPath.ROOT, paths);
        return paths;
    }

    private static void collect(VirtualFileSystem files, VirtualPath directory, SortedSet<String> paths)
            throws VfsException {
        List<FileEntry> entries = new ArrayList<>();
        try (EntryCursor cursor = files.list(directory)) {
            for (List<FileEntry> page = cursor.next(1000); !page.isEmpty(); page = cursor.next(1000)) {
                entries.addAll(page);
            }
        }
        for (FileEntry entry : entries) {
            if (entry.directory()) {
                collect(files, entry.path(), paths);
            } else {
                paths.add(entry.path().toString());
            }
        }
    }

    void await(String path, String content) throws Exception {
        Patience.await(path + " is stored", () -> content(path).equals(Optional.of(content)));
    }

    /** Waits until a scan has ended that began from now on. */
    void awaitScan() throws Exception {
        for (int i = 0; i < 2; i++) {
            Instant before = status().scanned();
            watches.rescan("w");
            Patience.await("a scan has ended", () -> !Objects.equals(status().scanned(), before));
        }
    }

    /** Waits until nothing is left to do, after a scan that began from now on. */
    void awaitQuiet() throws Exception {
        awaitScan();
        Patience.await("all files are settled", () -> status().waiting() == 0);
    }

    @Override
    public void close() {
        watches.close();
        fileSystems.close();
        store.close();
    }
}
