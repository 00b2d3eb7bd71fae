package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.transfer.job.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A process that archives a local folder is killed; another one continues. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledFolderArchivesTest {
    /** Before the archive is verified, and before files are deleted. */
    @ParameterizedTest
    @CsvSource({"GET, .tar", "HEAD, /file7"})
    void everyFileIsArchivedOnceWhereverTheProcessIsKilled(
            Operation operation, String end, S3Bucket bucket, @TempDir Path folder) throws Exception {
        Path root = folder.resolve("batch");
        Path day = Files.createDirectories(root.resolve(bucket.name()).resolve("day=1"));
        Map<String, byte[]> contents = new TreeMap<>();
        for (int i = 0; i < 20; i++) {
            contents.put("day=1/file" + i, Bytes.random(i, 1000 + i));
            Files.write(day.resolve("file" + i), Bytes.random(i, 1000 + i));
        }

        KilledArchiver.runUntil(bucket, folder.resolve("state"), root, operation, end);
        try (Stream<Path> files = Files.list(day)) {
            assertThat(files).hasSize(20);
        }
        try (ArchivingGateway at = new ArchivingGateway(
                new TestStore(TestBucket.of(bucket), folder.resolve("state")),
                bucket.name(),
                List.of(KilledArchiver.settings(root)))) {
            Patience.await(
                    "the files are archived and deleted", () -> day.toFile().list().length == 0);
            Patience.await("the job ends", () -> at.jobs().stream().allMatch(job -> job.state() == JobState.SUCCEEDED));

            assertThat(at.keys("")).hasSize(2);
            Archive archive = at.archives().list(null, 10).getFirst();
            assertThat(at.archives().list(null, 10)).hasSize(1);
            assertThat(at.archives().verify(archive.id())).isEqualTo(20);
            byte[] bytes = at.get(archive.key().key());
            Map<String, byte[]> archived = new TreeMap<>();
            for (ArchivedObject object : at.archives().members(archive.id(), -1, 100)) {
                int offset = Math.toIntExact(object.member().offset());
                archived.put(
                        object.key().key(),
                        Arrays.copyOfRange(
                                bytes,
                                offset,
                                offset + Math.toIntExact(object.member().size())));
            }
            assertThat(archived.keySet()).isEqualTo(contents.keySet());
            contents.forEach(
                    (key, content) -> assertThat(archived.get(key)).as(key).isEqualTo(content));
        }
    }
}
