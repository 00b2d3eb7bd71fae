package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Two gateways with one PostgreSQL database, in front of one bucket. */
@S3Store
@Postgres
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SharedDatabaseTest {
    private static final int MIB = 1 << 20;
    private static final int SIZE = 40 * MIB;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] CONTENT = Bytes.random(3, SIZE);

    @TempDir
    private Path directory;

    private Path configuration(String name, S3Bucket bucket, PostgresDatabase database) throws IOException {
        Path own = Files.createDirectory(directory.resolve(name));
        Path file = ServeProcess.configuration(own, bucket, "stat", "");
        String state = "state: {directory: '" + own.resolve("state") + "'";
        String text = Files.readString(file);
        assertThat(text).contains(state);
        return Files.writeString(file, text.replace(state, state + ", database: '" + database.url() + "'"));
    }

    /** The first gateway is killed in the middle of an overwrite, and the second resumes the upload at once. */
    @ParameterizedTest
    @EnumSource
    void theSecondGatewayResumesTheUploadOfTheFirst(Resumer client, S3Bucket bucket, PostgresDatabase database)
            throws Exception {
        Path file = Files.write(directory.resolve("file"), CONTENT);
        byte[] old = Bytes.random(1, SIZE);
        try (BucketView stored = new BucketView(bucket);
                ServeProcess second = ServeProcess.start(
                        directory.resolve("second.log"), configuration("second", bucket, database))) {
            stored.put("old", old);
            try (ServeProcess first = ServeProcess.start(
                            directory.resolve("first.log"), configuration("first", bucket, database));
                    RunningClient uploading =
                            client.upload(first.ports(), file, "old", 12 * MIB).start()) {
                Patience.await("three parts", () -> stored.storedParts("old") >= 3);
                first.kill();
                uploading.await(LIMIT).assertFailure();
            }
            assertThat(stored.get("old")).isEqualTo(old);

            client.resume(second.ports(), file, "old", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();

            assertThat(stored.get("old")).isEqualTo(CONTENT);
            assertThat(stored.pendingUploads("old")).isEmpty();
        }
    }

    /** An upload interrupted at one gateway resumes at the other: a load balancer may send the client there. */
    @Test
    void aClientMayReconnectToEither(S3Bucket bucket, PostgresDatabase database) throws Exception {
        Path file = Files.write(directory.resolve("file"), CONTENT);
        try (BucketView stored = new BucketView(bucket);
                ServeProcess first =
                        ServeProcess.start(directory.resolve("first.log"), configuration("first", bucket, database));
                ServeProcess second = ServeProcess.start(
                        directory.resolve("second.log"), configuration("second", bucket, database))) {
            for (ServeProcess gateway : new ServeProcess[] {first, second}) {
                int parts = stored.storedParts("new");
                try (RunningClient uploading = Resumer.LFTP_FTPS
                        .resume(gateway.ports(), file, "new", 12 * MIB)
                        .start()) {
                    Patience.await("two more parts", () -> stored.storedParts("new") >= parts + 2);
                    uploading.kill();
                }
            }
            Resumer.LFTP_FTPS
                    .resume(first.ports(), file, "new", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(stored.get("new")).isEqualTo(CONTENT);
        }
    }

    /** The first gateway is killed when all is copied and not all is deleted. */
    @Test
    void theSecondGatewayFinishesTheRenameOfTheFirst(S3Bucket bucket, PostgresDatabase database) throws Exception {
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri());
                BucketView stored = new BucketView(bucket);
                ServeProcess _ = ServeProcess.start(
                        directory.resolve("second.log"), configuration("second", bucket, database))) {
            stored.putAll(List.of("from/a", "from/b", "from/sub/c"), key -> key.getBytes(StandardCharsets.UTF_8));
            HeldRequests deletion =
                    proxy.hold(1, request -> request.method().equals("POST") && request.hasParameter("delete"));
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(proxy.uri()), bucket.name());
            try (ServeProcess first = ServeProcess.start(
                            directory.resolve("first.log"), configuration("first", proxied, database));
                    RunningClient client = Protocol.sftp(first.ports(), Protocol.UNLIMITED, "rename from to\n")
                            .start()) {
                deletion.awaitArrival(LIMIT);
                first.kill();
                client.await(LIMIT).assertFailure();
            }
            Patience.await(
                    "the second deletes the rest",
                    () -> stored.keysBelow("from/").isEmpty());
            assertThat(stored.keysBelow("to/")).containsExactly("to/a", "to/b", "to/sub/c");
        }
    }

    /** lftp sets the time after the upload; both gateways show it. */
    @Test
    void timesSetAtOneGatewayAreShownByTheOther(S3Bucket bucket, PostgresDatabase database) throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[] {1, 2, 3});
        Instant time = Instant.parse("2001-02-03T04:05:06Z");
        Files.setLastModifiedTime(file, FileTime.from(time));
        try (ServeProcess first =
                        ServeProcess.start(directory.resolve("first.log"), configuration("first", bucket, database));
                ServeProcess second = ServeProcess.start(
                        directory.resolve("second.log"), configuration("second", bucket, database))) {
            String mirror = "mirror -R " + Files.createDirectory(directory.resolve("tree")) + " /tree";
            Files.move(file, directory.resolve("tree/file"));
            Resumer.LFTP_FTPS
                    .lftp(first.ports(), Protocol.UNLIMITED, mirror)
                    .run(LIMIT)
                    .assertSuccess();
            Path back = directory.resolve("back");
            Resumer.LFTP_FTPS
                    .lftp(second.ports(), Protocol.UNLIMITED, "mirror /tree " + back)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(Files.getLastModifiedTime(back.resolve("file")).toInstant())
                    .isEqualTo(time);
        }
    }
}
