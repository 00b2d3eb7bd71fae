package dev.slipway.ingest.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.Origin;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.testing.Patience;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of the files of a watched folder. */
@EnabledOnOs(OS.LINUX)
@Timeout(Patience.TEST_SECONDS)
class WatchesTest {
    @TempDir
    private Path state;

    @TempDir
    private Path folder;

    @TempDir
    private Path elsewhere;

    private final Faults faults = new Faults();
    private final TestBucket bucket = TestBucket.inMemory().with(faults);
    private final List<WatchingGateway> gateways = new ArrayList<>();
    private SettingsBuilder<WatchSettings> settings;

    @BeforeEach
    void settings() {
        settings = WatchingGateway.settings(folder);
    }

    @AfterEach
    void close() {
        faults.heal();
        gateways.forEach(WatchingGateway::close);
    }

    private WatchingGateway start() {
        WatchingGateway gateway = new WatchingGateway(bucket, state, settings.build());
        gateways.add(gateway);
        return gateway;
    }

    private void stop(WatchingGateway gateway) {
        gateway.close();
        gateways.remove(gateway);
    }

    private Path write(String path, String content) throws Exception {
        Path file = folder.resolve(path);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }

    private long puts() {
        return faults.calls().stream()
                .filter(call -> call.is(Operation.PUT) && call.bytes() > 0)
                .count();
    }

    @ParameterizedTest
    @EnumSource(WatchMode.class)
    void filesAreStoredUnderTheirPathBelowTheFolder(WatchMode mode) throws Exception {
        settings.set("mode", mode);
        write("before", "1");
        WatchingGateway gateway = start();

        write("a/b/grüße", "2");

        gateway.await("/before", "1");
        gateway.await("/a/b/grüße", "2");
        assertThat(gateway.stored()).containsExactly("/a/b/grüße", "/before");
    }

    @Test
    void thePrefixAndTheTemplateOfTheTargetAreUsed() throws Exception {
        settings.set("target.prefix", "in/").set("target.key", "{task}/{stem}-{folder}.{extension}");
        WatchingGateway gateway = start();

        write("a/b.csv", "1");

        gateway.await("/in/w/b-a.csv", "1");
    }

    @Test
    void foldersThatAreNamedAsBucketsSayWhereFilesGo() throws Exception {
        settings.set("bucketFolders", true).set("afterwards", "delete");
        WatchingGateway gateway = start();
        gateway.awaitScan();

        Path missing = write("no-such-bucket/x", "1");
        Path impossible = write("Not A Bucket/x", "1");
        Path none = write("x", "1");
        Path file = write(bucket.name() + "/a/x", "2");

        gateway.await("/a/x", "2");
        Patience.await("the file is deleted", () -> Files.notExists(file));
        Patience.await("the others are shown", () -> gateway.status().failing() == 3);
        assertThat(List.of(missing, impossible, none)).allMatch(Files::exists);
        assertThat(gateway.stored()).containsExactly("/a/x");
    }

    @Test
    void eventsNameTheWatchAsOrigin() throws Exception {
        WatchingGateway gateway = start();
        write("x", "1");
        gateway.await("/x", "1");
        Patience.await("the event is published", () -> !gateway.events().isEmpty());

        assertThat(gateway.events())
                .filteredOn(GatewayEvent.Uploaded.class::isInstance)
                .singleElement()
                .extracting(event -> ((GatewayEvent.Uploaded) event).client())
                .satisfies(client -> {
                    assertThat(client.origin()).isEqualTo(Origin.WATCH);
                    assertThat(client.account()).isEqualTo("watch:w");
                });
    }

    @Test
    void aRewrittenFileIsStoredAgain() throws Exception {
        WatchingGateway gateway = start();
        write("x", "1");
        gateway.await("/x", "1");

        write("x", "22");

        gateway.await("/x", "22");
    }

    @Test
    void keptFilesAreNotStoredAgainAfterARestart() throws Exception {
        WatchingGateway first = start();
        write("x", "1");
        first.await("/x", "1");
        first.awaitQuiet();
        stop(first);
        write("y", "2");
        faults.forgetCalls();

        WatchingGateway second = start();
        second.await("/y", "2");
        second.awaitQuiet();

        assertThat(puts()).isEqualTo(1);
        assertThat(folder.resolve("x")).hasContent("1");
    }

    @ParameterizedTest
    @EnumSource(names = {"INOTIFY", "POLLING"})
    void aFileThatSomebodyWritesWaits(WatchMode mode) throws Exception {
        settings.set("mode", mode);
        WatchingGateway gateway = start();
        try (OutputStream out = Files.newOutputStream(folder.resolve("open"))) {
            out.write('1');
            write("other", "x");
            gateway.await("/other", "x");
            gateway.awaitQuiet();

            assertThat(gateway.stored()).containsExactly("/other");
            out.write('2');
        }

        gateway.await("/open", "12");
    }

    @Test
    void aFileThatIsRewrittenWhileItIsStoredIsStoredAgain() throws Exception {
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT, "x"), new Fault.Hold(gate));
        WatchingGateway gateway = start();
        write("x", "1");
        Patience.await("the store is asked", () -> puts() == 1);

        write("x", "22");
        gate.complete(null);

        gateway.await("/x", "22");
        gateway.awaitQuiet();
        gateway.await("/x", "22");
    }

    @Test
    void aFileThatIsDeletedMeanwhileIsNoError() throws Exception {
        settings.set("afterwards", "delete");
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT, "x"), new Fault.Hold(gate));
        WatchingGateway gateway = start();
        Path file = write("x", "1");
        Patience.await("the store is asked", () -> puts() == 1);

        Files.delete(file);
        gate.complete(null);

        gateway.await("/x", "1");
        gateway.awaitQuiet();
        assertThat(gateway.status().failing()).isZero();
        assertThat(gateway.status().problem()).isNull();
    }

    @Test
    void aStoredFileIsDeletedIfTheSettingsSaySo() throws Exception {
        settings.set("afterwards", "delete");
        WatchingGateway gateway = start();
        Path file = write("a/x", "1");

        Patience.await("the file is deleted", () -> Files.notExists(file));

        assertThat(gateway.content("/a/x")).contains("1");
        Patience.await("it is settled", () -> gateway.status().waiting() == 0);
        assertThat(gateway.status().stored()).isEqualTo(1);
    }

    @Test
    void aFileThatWasRewrittenMeanwhileIsNotDeleted() throws Exception {
        settings.set("afterwards", "delete");
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT, "x"), new Fault.Hold(gate));
        WatchingGateway gateway = start();
        Path file = write("x", "1");
        Patience.await("the store is asked", () -> puts() == 1);

        Files.writeString(file, "2", StandardOpenOption.APPEND);
        gate.complete(null);

        Patience.await("the file is deleted", () -> Files.notExists(file));
        assertThat(gateway.content("/x")).contains("12");
    }

    @Test
    void storedFilesAreMovedNextToThoseOfTheSameName() throws Exception {
        settings.set("afterwards", "move").set("moveTo", folder.resolve("done"));
        WatchingGateway gateway = start();

        Path file = write("a/x", "1");
        Patience.await("the file is moved", () -> Files.notExists(file));
        write("a/x", "2");
        Patience.await("the file is moved", () -> Files.notExists(file));
        gateway.awaitQuiet();

        assertThat(folder.resolve("done/a/x")).hasContent("1");
        assertThat(folder.resolve("done/a/x.1")).hasContent("2");
        assertThat(gateway.stored()).containsExactly("/a/x");
        assertThat(gateway.content("/a/x")).contains("2");
    }

    /** Who may write in the folder may replace a folder by a link at any time. */
    @Test
    void aFolderThatIsReplacedByALinkLeadsToNoFile() throws Exception {
        settings.set("uploads", "1");
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT, "x"), new Fault.Hold(gate));
        Files.writeString(elsewhere.resolve("file"), "secret");
        WatchingGateway gateway = start();
        write("x", "1");
        Patience.await("the store is asked", () -> puts() == 1);
        write("a/b/file", "2");
        Patience.await("the file waits", () -> gateway.status().waiting() == 2);

        Files.move(folder.resolve("a/b"), folder.resolve("a/c"));
        Files.createSymbolicLink(folder.resolve("a/b"), elsewhere);
        gate.complete(null);

        gateway.await("/a/c/file", "2");
        gateway.awaitQuiet();
        assertThat(gateway.stored()).containsExactly("/a/c/file", "/x");
    }

    @ParameterizedTest
    @EnumSource(names = {"DELETE", "MOVE"})
    void aFileBehindALinkIsNeitherDeletedNorMoved(Afterwards afterwards) throws Exception {
        settings.set("afterwards", afterwards);
        if (afterwards == Afterwards.MOVE) {
            settings.set("moveTo", folder.resolve("done"));
        }
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        faults.once(call -> call.is(Operation.PUT, "a/x"), new Fault.Hold(gate));
        WatchingGateway gateway = start();
        write("a/x", "1");
        Patience.await("the store is asked", () -> puts() == 1);

        Files.move(folder.resolve("a"), elsewhere.resolve("a"));
        Files.createSymbolicLink(folder.resolve("a"), elsewhere.resolve("a"));
        gate.complete(null);

        gateway.awaitQuiet();
        assertThat(elsewhere.resolve("a/x")).hasContent("1");
    }

    @Test
    void aFileIsNotMovedThroughALink() throws Exception {
        settings.set("afterwards", "move").set("moveTo", folder.resolve("done"));
        Files.createSymbolicLink(folder.resolve("done"), elsewhere);
        WatchingGateway gateway = start();

        Path file = write("a/x", "1");

        Patience.await("the failure is shown", () -> gateway.status().failing() == 1);
        assertThat(gateway.watches().failing("w"))
                .singleElement()
                .satisfies(failing -> assertThat(failing.problem()).contains(folder.resolve("done") + " is no folder"));
        assertThat(elsewhere).isEmptyDirectory();
        assertThat(file).hasContent("1");
    }

    @Test
    void filesInFoldersWithNamesThatAreNoTextAreShown() throws Exception {
        Process made = new ProcessBuilder(
                        "sh", "-c", "mkdir \"$(printf 'a\\377')\" && echo 1 > \"$(printf 'a\\377')/file\"")
                .directory(folder.toFile())
                .inheritIO()
                .start();
        assertThat(made.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        WatchingGateway gateway = start();

        Patience.await("the failure is shown", () -> gateway.status().failing() == 1);
        assertThat(gateway.watches().failing("w"))
                .singleElement()
                .satisfies(failing -> assertThat(failing.problem()).contains("is not text"));
    }

    @Test
    void onlyFilesThatAreIncludedAndNotExcludedAreStored() throws Exception {
        settings.set("include", "*.csv, in/**").set("exclude", "*.part, tmp");
        WatchingGateway gateway = start();
        for (String path : List.of("a.csv", "b/c.csv", "in/x", "in/x.part", "y", "tmp/z.csv", "in/tmp/z")) {
            write(path, "1");
        }

        gateway.await("/in/x", "1");
        gateway.awaitQuiet();
        assertThat(gateway.stored()).containsExactly("/a.csv", "/b/c.csv", "/in/x");
    }

    @Test
    void anUnavailableStoreDelaysFilesAndLosesNone() throws Exception {
        faults.always(call -> call.is(Operation.PUT), new Fault.Refuse(503, "ServiceUnavailable"));
        WatchingGateway gateway = start();
        write("x", "1");
        Patience.await("the problem is shown", () -> gateway.status().problem() != null);
        assertThat(gateway.status().waiting()).isEqualTo(1);

        faults.heal();

        gateway.await("/x", "1");
        Patience.await("the problem has gone", () -> gateway.status().problem() == null);
        assertThat(gateway.status().failing()).isZero();
    }

    @Test
    void aFileWithAnImpossibleNameIsShownAndStoredUnderAnother() throws Exception {
        WatchingGateway gateway = start();
        Path bad = write("line\nbreak", "1");
        write("good", "1");
        gateway.await("/good", "1");
        Patience.await("the failure is shown", () -> gateway.status().failing() == 1);
        assertThat(gateway.watches().failing("w")).singleElement().satisfies(file -> {
            assertThat(file.path()).isEqualTo("line\nbreak");
            assertThat(file.problem()).contains("control character");
        });

        Files.move(bad, folder.resolve("better"));

        gateway.await("/better", "1");
        gateway.watches().rescan("w");
        Patience.await("the failure has gone", () -> gateway.status().failing() == 0);
    }

    @Test
    void aPausedWatchStoresLaterWhatCameMeanwhile() throws Exception {
        WatchingGateway first = start();
        assertThat(first.watches().pause("w", true)).isTrue();
        write("x", "1");
        first.awaitScan();
        assertThat(first.status().state()).isEqualTo(WatchStatus.State.PAUSED);
        assertThat(first.stored()).isEmpty();
        stop(first);

        WatchingGateway second = start();
        second.awaitScan();
        assertThat(second.status().state()).isEqualTo(WatchStatus.State.PAUSED);
        assertThat(second.stored()).isEmpty();
        second.watches().pause("w", false);

        second.await("/x", "1");
    }

    @Test
    void anUnknownWatchIsNotPaused() {
        assertThat(start().watches().pause("other", true)).isFalse();
    }

    @Test
    void aYoungFileWaitsUntilItIsOldEnough() throws Exception {
        settings.set("minimumAge", "2s");
        WatchingGateway gateway = start();
        Path file = write("x", "1");

        gateway.await("/x", "1");
        assertThat(((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant())
                .isBefore(Instant.now().minus(Duration.ofSeconds(2)));
    }

    @Test
    void anUploadOfALargeFileIsResumedAfterARestart() throws Exception {
        byte[] content = new byte[24 << 20];
        new Random(1).nextBytes(content);
        for (int i = 0; i < content.length; i++) {
            content[i] = (byte) ('a' + (content[i] & 15));
        }
        CompletableFuture<@Nullable Void> gate = new CompletableFuture<>();
        // The third part and later ones do not arrive before the restart.
        AtomicInteger parts = new AtomicInteger();
        faults.times(100, call -> call.is(Operation.UPLOAD_PART) && parts.incrementAndGet() > 2, new Fault.Hold(gate));
        WatchingGateway first = start();
        Files.write(folder.resolve("large"), content);
        Patience.await("parts arrive", () -> parts.get() > 2);
        first.watches().close();
        gate.complete(null);
        stop(first);
        faults.heal();
        faults.forgetCalls();

        WatchingGateway second = start();
        second.await("/large", new String(content, StandardCharsets.UTF_8));

        assertThat(faults.bytesSent()).isLessThan(content.length);
    }
}
