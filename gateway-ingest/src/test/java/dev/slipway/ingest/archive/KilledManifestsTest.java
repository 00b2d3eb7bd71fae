package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SearchProxy;
import dev.slipway.testing.SearchServer;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that delivers a manifest is killed; another one continues. The store and the search server are real. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledManifestsTest {
    private static final int FILES = 20;

    private static @Nullable SearchServer server;

    @BeforeAll
    static void startServer() throws IOException {
        server = SearchServer.start();
    }

    @AfterAll
    static void stopServer() throws IOException {
        server().close();
    }

    private static SearchServer server() {
        if (server == null) {
            throw new IllegalStateException("not started");
        }
        return server;
    }

    @Test
    void theServerHasStoredTheEntriesAndTheProcessHasNotLearnedOfIt(S3Bucket bucket, @TempDir Path folder)
            throws Exception {
        Path day = files(bucket, folder);
        try (SearchProxy proxy = SearchProxy.before(server().url())) {
            CompletableFuture<@Nullable Void> held = proxy.holdAnswers();
            Process process = KilledArchiver.start(
                    bucket, folder.resolve("state"), folder.resolve("batch"), Operation.TAGS, "none", proxy.url());
            try {
                Patience.await("it is sent", () -> proxy.requests().stream().anyMatch(SearchProxy.Request::isBulk));
            } finally {
                KilledArchiver.kill(process);
            }
            held.complete(null);
            assertThat(names(day)).hasSize(FILES);
        }
        assertThatAnotherProcessFinishes(bucket, folder);
    }

    @Test
    void theManifestIsAboutToBeStoredInTheFallbackBucket(S3Bucket bucket, @TempDir Path folder) throws Exception {
        Path day = files(bucket, folder);
        KilledArchiver.runUntil(
                bucket,
                folder.resolve("state"),
                folder.resolve("batch"),
                Operation.PUT,
                ".ndjson.gz",
                URI.create("http://127.0.0.1:1"));
        assertThat(names(day)).hasSize(FILES);
        assertThatAnotherProcessFinishes(bucket, folder);
    }

    private static Path files(S3Bucket bucket, Path folder) throws IOException {
        Path day = Files.createDirectories(
                folder.resolve("batch").resolve(bucket.name()).resolve("day=1"));
        for (int i = 0; i < FILES; i++) {
            Files.writeString(day.resolve("file" + i), "content " + i);
        }
        return day;
    }

    private static List<String> names(Path day) throws IOException {
        try (Stream<Path> files = Files.list(day)) {
            return files.map(file -> "day=1/" + file.getFileName()).sorted().toList();
        }
    }

    private static void assertThatAnotherProcessFinishes(S3Bucket bucket, Path folder) throws Exception {
        Path day = folder.resolve("batch").resolve(bucket.name()).resolve("day=1");
        List<String> expected = names(day);
        try (SearchIndex index = new SearchIndex(server(), "s3-batch-");
                ArchivingGateway at = new ArchivingGateway(
                        new TestStore(TestBucket.of(bucket), folder.resolve("state")),
                        bucket.name(),
                        List.of(KilledArchiver.settings(folder.resolve("batch"))),
                        KilledArchiver.manifest(bucket, server().url()))) {
            Patience.await("the files are deleted", () -> names(day).isEmpty());
            Patience.await("the job ends", () -> at.jobs().stream().allMatch(job -> job.state() == JobState.SUCCEEDED));

            Archive archive = at.archives().list(null, 10).getFirst();
            assertThat(at.archives().list(null, 10)).hasSize(1);
            assertThat(at.archives().verify(archive.id())).isEqualTo(FILES);
            assertThat(at.archives().manifests().waiting(null, 10)).isEmpty();
            assertThat(index.keys()).containsExactlyElementsOf(new TreeSet<>(expected));
            assertThat(at.keys("s3-batch-")).isEmpty();
            // For the next test.
            Map<?, ?> _ = index.send("DELETE", "s3-batch-*", null);
        }
    }
}
