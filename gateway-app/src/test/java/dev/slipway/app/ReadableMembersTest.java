package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.TestArchive;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real clients and files that were moved into an archive. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ReadableMembersTest {
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] CONTENT = Bytes.random(5, 3_000_000);

    @TempDir
    private Path directory;

    @ParameterizedTest
    @EnumSource
    void clientsFindFilesWhereTheyWere(Archive.Format format, S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                TestStore store = new TestStore(bucket.endpoint(), directory.resolve("fixture"));
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("accounts[0].mounts[0].archives", "true")
                        .start()) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            try (StateDatabase database = StateDatabase.join(directory.resolve("state/slipway.db"))) {
                new TestArchive(bucket.name(), format)
                        .add("in/large", CONTENT)
                        .add("in/small.txt", "small")
                        .add("in/old.txt", "old")
                        .add("in/gone.txt", "gone")
                        .store(store.store(), database, "archives/1");
            }
            ListenPorts ports = ListenPorts.of(gateway);
            Path folder = Files.createDirectory(directory.resolve("client"));

            // FTP: list, download, resume a download.
            String url = "ftp://127.0.0.1:" + ports.explicit() + "/in/";
            assertThat(curl("-l", url)).contains("large", "small.txt", "old.txt", "gone.txt");
            Path large = Files.write(folder.resolve("large"), Arrays.copyOf(CONTENT, 1_234_567));
            curl("-C", "-", "-o", large.toString(), url + "large");
            assertThat(large).hasBinaryContent(CONTENT);

            // SFTP: resume, rename, delete, overwrite.
            Files.write(large, Arrays.copyOf(CONTENT, 2_000_001));
            Path replacement = Files.writeString(folder.resolve("new"), "replaced");
            Protocol.sftp(ports, Protocol.UNLIMITED, """
                            reget /in/large %s
                            rename /in/small.txt /in/renamed.txt
                            rm /in/gone.txt
                            put %s /in/old.txt
                            """.formatted(large, replacement))
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(large).hasBinaryContent(CONTENT);
            assertThat(curl("-l", url))
                    .contains("large", "renamed.txt", "old.txt")
                    .doesNotContain("gone", "small");
            assertThat(curl(url + "old.txt")).isEqualTo("replaced");
            assertThat(stored.get("in/renamed.txt")).asString().isEqualTo("small");

            // The checksum is that of the original.
            assertThat(Protocol.curl(Protocol.UNLIMITED, "-Q", "XSHA256 /in/large", "-l", url)
                            .run(LIMIT)
                            .assertSuccess()
                            .stderr())
                    .containsIgnoringCase(HexFormat.of()
                            .formatHex(MessageDigest.getInstance("SHA-256").digest(CONTENT)));

            // The folder is gone once everything in it is.
            Protocol.sftp(ports, Protocol.UNLIMITED, """
                            -rmdir /in
                            rm /in/*
                            rmdir /in
                            """).run(LIMIT).assertSuccess();
            assertThat(curl("-l", "ftp://127.0.0.1:" + ports.explicit() + "/"))
                    .contains("archives")
                    .doesNotContain("in");
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    private static String curl(String... arguments) throws InterruptedException {
        return Protocol.curl(Protocol.UNLIMITED, arguments)
                .run(LIMIT)
                .assertSuccess()
                .stdout();
    }
}
