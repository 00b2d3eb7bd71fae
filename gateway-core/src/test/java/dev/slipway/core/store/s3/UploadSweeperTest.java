package dev.slipway.core.store.s3;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.UploadTable;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.UploadSweeper;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@S3Store
class UploadSweeperTest {
    private static final Duration WAIT = Duration.ofSeconds(10);

    private final List<StateDatabase> databases = new ArrayList<>();

    @AfterEach
    void closeDatabases() {
        databases.forEach(StateDatabase::close);
    }

    /** The journal as another run of the gateway sees it. */
    private UploadTable anotherRun(Path folder) {
        return anotherRun(folder, Clock.systemUTC());
    }

    private UploadTable anotherRun(Path folder, Clock clock) {
        StateDatabase database = StateDatabase.join(folder.resolve("state.db"));
        databases.add(database);
        return new UploadTable(database, clock);
    }

    @Test
    void uploadsLeftByACrashAreAborted(S3Bucket bucket, @TempDir Path folder) throws Exception {
        ObjectKey key = new ObjectKey(bucket.name(), "dir/file");
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder)) {
            try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, WAIT)) {
                writer.write(ByteBuffer.wrap(Bytes.random(1, 11 << 20)));
                writer.awaitParts();
                assertThat(fixture.store().pendingUploads(key)).hasSize(1);

                // The run that started the upload does not sweep it.
                assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                        .isZero();

                // Another run, as after a crash: the same journal, but no memory of the upload.
                UploadTable afterCrash = anotherRun(folder);
                assertThat(new UploadSweeper(fixture.store(), afterCrash, Clock.systemUTC()).sweep())
                        .isEqualTo(1);
                assertThat(fixture.store().pendingUploads(key)).isEmpty();
                assertThat(afterCrash.leftBehind()).isEmpty();
            }
        }
    }

    @Test
    void anUploadWhoseIdIsUnknownIsFoundByItsKey(S3Bucket bucket, @TempDir Path folder) throws Exception {
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder);
                var client = bucket.endpoint().newClient()) {
            fixture.journal().starting(key);
            client.createMultipartUpload(
                            request -> request.bucket(bucket.name()).key("file"))
                    .join();
            UploadTable afterCrash = anotherRun(folder);

            assertThat(new UploadSweeper(fixture.store(), afterCrash, Clock.systemUTC()).sweep())
                    .isEqualTo(1);
            assertThat(fixture.store().pendingUploads(key)).isEmpty();
            assertThat(afterCrash.leftBehind()).isEmpty();
        }
    }

    @Test
    void aRowWithoutAnUploadIsRemovedAfterAWhile(S3Bucket bucket, @TempDir Path folder) {
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder)) {
            fixture.journal().starting(new ObjectKey(bucket.name(), "file"));
            UploadTable afterCrash = anotherRun(folder);

            assertThat(new UploadSweeper(fixture.store(), afterCrash, Clock.systemUTC()).sweep())
                    .isZero();
            assertThat(afterCrash.leftBehind()).hasSize(1);
            Clock later = Clock.fixed(Instant.now().plus(Duration.ofHours(1)), ZoneOffset.UTC);
            assertThat(new UploadSweeper(fixture.store(), afterCrash, later).sweep())
                    .isZero();
            assertThat(afterCrash.leftBehind()).isEmpty();
        }
    }

    @Test
    void aLiveUploadOfTheSameKeyIsNotAborted(S3Bucket bucket, @TempDir Path folder) throws Exception {
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder)) {
            String row = fixture.journal().starting(key);
            fixture.journal().abandoned(row);
            try (ObjectWriter writer = fixture.store().write(key, ObjectAttributes.NONE, WAIT)) {
                writer.write(ByteBuffer.wrap(Bytes.random(1, 11 << 20)));
                writer.awaitParts();
                assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                        .isZero();
                writer.complete(WriteCondition.ALWAYS);
            }
            assertThat(fixture.store().head(key)).isPresent();
        }
    }

    @Test
    void uploadsOfOthersAtOtherTimesAreNotAborted(S3Bucket bucket, @TempDir Path folder) throws Exception {
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder);
                var client = bucket.endpoint().newClient()) {
            for (Duration offset : List.of(Duration.ofHours(-1), Duration.ofHours(1))) {
                Clock then = Clock.offset(Clock.systemUTC(), offset);
                anotherRun(folder, then).starting(key);
            }
            client.createMultipartUpload(
                            request -> request.bucket(bucket.name()).key("file"))
                    .join();

            assertThat(new UploadSweeper(fixture.store(), fixture.journal(), Clock.systemUTC()).sweep())
                    .isZero();
            assertThat(fixture.store().pendingUploads(key)).hasSize(1);
            assertThat(fixture.journal().leftBehind()).hasSize(1);
        }
    }

    @Test
    void smallClockDifferencesAreTolerated(S3Bucket bucket, @TempDir Path folder) throws Exception {
        ObjectKey key = new ObjectKey(bucket.name(), "file");
        try (TestStore fixture = new TestStore(bucket.endpoint(), folder);
                var client = bucket.endpoint().newClient()) {
            Clock ahead = Clock.offset(Clock.systemUTC(), Duration.ofMinutes(4));
            anotherRun(folder, ahead).starting(key);
            client.createMultipartUpload(
                            request -> request.bucket(bucket.name()).key("file"))
                    .join();

            assertThat(new UploadSweeper(fixture.store(), fixture.journal(), ahead).sweep())
                    .isEqualTo(1);
            assertThat(fixture.store().pendingUploads(key)).isEmpty();
        }
    }
}
