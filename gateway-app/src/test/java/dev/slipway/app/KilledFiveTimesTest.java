package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The client is killed five times in the middle of a transfer, and the same command is repeated each time, as users do.
 * In the end every byte has arrived. See {@link ResumedUploadTest} for single interruptions.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledFiveTimesTest {
    private static final int MIB = 1 << 20;
    private static final int TIMES = 5;
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    /** Files of all sizes: some fit in one request, some are larger than a part. */
    private Path tree(String name) throws IOException {
        Path tree = directory.resolve(name);
        Path below = Files.createDirectories(tree.resolve("below"));
        for (int i = 0; i < 3; i++) {
            Files.write(below.resolve("large" + i), Bytes.random(i, 12 * MIB + i));
            Files.write(tree.resolve("small " + i), Bytes.random(i + 10, MIB + i));
        }
        Files.createFile(below.resolve("empty"));
        return tree;
    }

    /** The files in a folder, by name. */
    private static Map<String, byte[]> contents(Path folder) throws IOException {
        Map<String, byte[]> result = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                result.put(folder.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return result;
    }

    private static void assertStored(BucketView stored, String prefix, Path tree) throws IOException {
        Map<String, byte[]> files = contents(tree);
        assertThat(files).hasSize(7);
        for (Map.Entry<String, byte[]> file : files.entrySet()) {
            assertThat(stored.get(prefix + file.getKey())).as(file.getKey()).isEqualTo(file.getValue());
        }
    }

    private static ClientCommand copy(ListenPorts ports, Path tree, String... more) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("copy", "--retries", "1", "--low-level-retries", "1"));
        arguments.addAll(List.of(more));
        arguments.addAll(List.of(tree.toString(), "gateway:copied"));
        return Rclone.command(ports, arguments.toArray(String[]::new));
    }

    private Gateway gateway(S3Bucket bucket) throws ConfigurationException, IOException {
        return RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("accounts[0].resume", "stat")
                .start();
    }

    @Test
    void rcloneWhileItUploadsATree(S3Bucket bucket) throws Exception {
        Path tree = tree("tree");
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            for (int i = 0; i < TIMES; i++) {
                try (RunningClient copying =
                        copy(ports, tree, "--bwlimit", "12M").start()) {
                    Patience.await(
                            "some bytes", () -> gateway.uploadMemory().usedBytes() > 2 * MIB || !copying.isAlive());
                    copying.kill();
                }
            }
            copy(ports, tree).run(LIMIT).assertSuccess();
            assertStored(stored, "copied/", tree);
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }

    /** Kills a download each time the client has received another piece of the file. */
    private static void killFiveTimes(Path local, ClientCommand download) throws Exception {
        for (int i = 0; i < TIMES; i++) {
            long before = size(local);
            try (RunningClient downloading = download.start()) {
                Patience.await("more bytes", () -> size(local) >= before + MIB || !downloading.isAlive());
                assertThat(downloading.isAlive()).as(downloading.stderr()).isTrue();
                downloading.kill();
            }
        }
    }

    private static long size(Path path) {
        try {
            if (!Files.exists(path)) {
                return 0;
            }
            try (Stream<Path> files = Files.walk(path)) {
                return files.mapToLong(
                                file -> file.toFile().isFile() ? file.toFile().length() : 0)
                        .sum();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void theClientWhileItDownloads(S3Bucket bucket) throws Exception {
        Path tree = tree("tree");
        byte[] content = Bytes.random(3, 40 * MIB);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = gateway(bucket)) {
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            ListenPorts ports = ListenPorts.of(gateway);
            stored.put("file", content);
            for (Map.Entry<String, byte[]> file : contents(tree).entrySet()) {
                stored.put("tree/" + file.getKey(), file.getValue());
            }
            String url = "ftp://127.0.0.1:" + ports.explicit() + "/file";

            Path curl = directory.resolve("by-curl");
            killFiveTimes(curl, Protocol.curl(6 * MIB, "-C", "-", "-o", curl.toString(), url));
            Protocol.curl(Protocol.UNLIMITED, "-C", "-", "-o", curl.toString(), url)
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(Files.readAllBytes(curl)).isEqualTo(content);

            Path openssh = directory.resolve("by-openssh");
            String reget = "reget file " + openssh + "\n";
            killFiveTimes(openssh, Protocol.sftp(ports, 6 * MIB, reget));
            Protocol.sftp(ports, Protocol.UNLIMITED, reget).run(LIMIT).assertSuccess();
            assertThat(Files.readAllBytes(openssh)).isEqualTo(content);

            for (Resumer lftp : List.of(Resumer.LFTP_FTPS, Resumer.LFTP_SFTP)) {
                Path mirrored = directory.resolve("by-" + lftp);
                String mirror = "mirror -c /tree " + mirrored;
                killFiveTimes(mirrored, lftp.lftp(ports, 6 * MIB, mirror));
                lftp.lftp(ports, Protocol.UNLIMITED, mirror).run(LIMIT).assertSuccess();
                Map<String, byte[]> got = contents(mirrored);
                assertThat(got.keySet()).isEqualTo(contents(tree).keySet());
                contents(tree)
                        .forEach((name, bytes) ->
                                assertThat(got.get(name)).as(name).isEqualTo(bytes));
            }
        }
    }
}
