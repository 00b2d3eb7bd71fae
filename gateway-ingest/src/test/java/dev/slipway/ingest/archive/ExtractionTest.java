package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.archive.Archive;
import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Archived files become objects again. The store is in memory, with faults. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ExtractionTest {
    private static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

    private final Faults faults = new Faults();
    private final TestStore store;
    private final ArchivingGateway gateway;
    private final Map<String, byte[]> contents = new TreeMap<>();

    ExtractionTest(@TempDir Path folder) {
        TestBucket bucket = TestBucket.inMemory().with(faults);
        store = new TestStore(bucket, folder);
        gateway = new ArchivingGateway(
                store,
                bucket.name(),
                List.of(
                        ArchivingGateway.settings().build(),
                        ArchivingGateway.settings()
                                .set("name", "compressed")
                                .set("format", ArchiveSettings.Form.TAR_ZST)
                                .build()));
    }

    @AfterEach
    void close() throws InterruptedException {
        Patience.await(
                "all memory is returned",
                () -> store.readAhead().reservedBytes() == 0 && store.parts().reservedBytes() == 0);
        gateway.close();
    }

    private void archive(ArchiveSettings.Form format) throws Exception {
        for (int i = 0; i < 150; i++) {
            contents.put("in/a/" + i, Bytes.random(i, 100 + i));
        }
        contents.put("in/a/large", Bytes.random(200, 6 << 20));
        contents.put("in/b", Bytes.random(201, 1000));
        contents.put("in/bb", Bytes.random(202, 1000));
        for (Map.Entry<String, byte[]> content : contents.entrySet()) {
            gateway.put(content.getKey(), content.getValue());
        }
        ObjectInfo timed = store.store().head(gateway.key("in/b")).orElseThrow();
        store.attributes().put(timed, TIME);
        String task = format == ArchiveSettings.Form.TAR ? "logs" : "compressed";
        Job archived = gateway.await(gateway.archives().run(task, true, "test"));
        assertThat(archived.state()).as(archived.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(gateway.keys("in/")).isEmpty();
        // The store's times have seconds, and an extracted file must differ from its original.
        long second = Instant.now().getEpochSecond();
        Patience.await("a later second", () -> Instant.now().getEpochSecond() > second);
    }

    private void assertThere(String prefix) throws IOException {
        List<String> keys = gateway.keys(prefix);
        assertThat(keys)
                .containsExactlyInAnyOrderElementsOf(contents.keySet().stream()
                        .filter(key -> key.startsWith(prefix))
                        .toList());
        for (String key : keys) {
            assertThat(gateway.get(key)).as(key).isEqualTo(contents.get(key));
            assertThat(gateway.table().find(gateway.key(key))).as(key).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void ofOneFileOrOfAllBelowAPrefix(ArchiveSettings.Form format) throws Exception {
        archive(format);
        Job one = gateway.extract("in/b");
        assertThat(one.state()).as(one.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(one.message()).isEqualTo("1 file, 1000 bytes");
        assertThat(gateway.keys("in/")).containsExactly("in/b");
        ObjectInfo object = store.store().head(gateway.key("in/b")).orElseThrow();
        assertThat(store.attributes().modified(object)).contains(TIME);

        assertThat(gateway.extract("in/a/").message()).startsWith("151 files, ");
        assertThere("in/a/");
        assertThat(gateway.keys("in/")).doesNotContain("in/bb");
        // The archives stay.
        for (Archive archive : gateway.archives().list(null, 10)) {
            assertThat(gateway.archives().verify(archive.id())).isEqualTo(archive.members());
        }
    }

    @Test
    void leavesObjectsThatAreThere() throws Exception {
        archive(ArchiveSettings.Form.TAR);
        byte[] newer = Bytes.random(300, 10);
        gateway.put("in/a/7", newer);
        assertThat(gateway.extract("in/a/").message()).startsWith("150 files, ").contains("1 left");
        assertThat(gateway.get("in/a/7")).isEqualTo(newer);
    }

    @Test
    void refusesWhatIsNotArchived() throws Exception {
        archive(ArchiveSettings.Form.TAR);
        for (String key : List.of("in/c", "in/c/", "in")) {
            assertThatThrownBy(() -> gateway.archives().extract("bucket", key, "test"))
                    .isInstanceOf(NoSuchElementException.class)
                    .hasMessageContaining(key);
        }
    }

    @Test
    void goesOnWhereItBroke() throws Exception {
        archive(ArchiveSettings.Form.TAR);
        faults.times(
                3, call -> call.is(Operation.PUT) && call.key().matches("in/a/(5|66|120)"), new Fault.LoseAnswer());
        faults.once(call -> call.is(Operation.HEAD, "in/a/99"), new Fault.LoseRequest());
        Job ended = gateway.extract("in/");
        assertThat(ended.state()).as(ended.message()).isEqualTo(JobState.SUCCEEDED);
        assertThere("in/");
    }

    @Test
    void namesFilesWhoseArchiveIsDamagedAndExtractsTheOthers() throws Exception {
        archive(ArchiveSettings.Form.TAR);
        Archive of = gateway.table().find(gateway.key("in/b")).orElseThrow().archive();
        byte[] archive = gateway.get(of.key().key());
        byte[] damaged = archive.clone();
        damaged[
                Math.toIntExact(gateway.table()
                        .find(gateway.key("in/b"))
                        .orElseThrow()
                        .member()
                        .offset())] ^= 1;
        gateway.put(of.key().key(), damaged);
        Job ended = gateway.extract("in/");
        assertThat(ended.state()).isEqualTo(JobState.FAILED);
        assertThat(ended.message()).contains("151 files", "could not be extracted: 2", "in/b");
        assertThat(gateway.keys("in/")).hasSize(151).doesNotContain("in/b");

        // Somebody has repaired it.
        gateway.put(of.key().key(), archive);
        gateway.retry(ended.id());
        Job again = gateway.await(ended.id());
        assertThat(again.state()).as(again.message()).isEqualTo(JobState.SUCCEEDED);
        assertThere("in/");
    }
}
