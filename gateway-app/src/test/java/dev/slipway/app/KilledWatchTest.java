package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway that is killed several times while many processes write into a folder that it watches: every file is in the store
 * in the end, once and as it was written last. {@code conformance/watch.sh} runs it with more files.
 */
@EnabledOnOs(OS.LINUX)
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledWatchTest {
    private static final int WRITERS = 16;
    private static final int FILES = Integer.getInteger("slipway.watch.files", 640) / WRITERS;
    private static final int KILLS = Integer.getInteger("slipway.watch.kills", 2);

    /** Each writer makes some files at once, some by renaming, some twice, and some in folders of that moment. */
    private static final String WRITER = """
            set -e
            for n in $(seq "$2"); do
              case $((n % 4)) in
                0) printf 'new %s %s' "$1" "$n" >"$1-$n" ;;
                1) printf 'renamed %s %s' "$1" "$n" >"$1-$n.part"; mv "$1-$n.part" "$1-$n" ;;
                2) printf 'old' >"$1-$n"; printf 'rewritten %s %s' "$1" "$n" >"$1-$n" ;;
                3) mkdir -p "$1/$n/deep"; printf 'deep %s %s' "$1" "$n" >"$1/$n/deep/file" ;;
              esac
            done
            """;

    @TempDir
    private Path directory;

    private static Map<String, String> written(Path folder) throws IOException {
        Map<String, String> contents = new TreeMap<>();
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile)::iterator) {
                contents.put("in/" + folder.relativize(file), Files.readString(file));
            }
        }
        return contents;
    }

    private static List<String> files(BucketView bucket) {
        return bucket.keysBelow("in/").stream()
                .filter(key -> !key.endsWith("/"))
                .toList();
    }

    @Test
    void everyFileArrivesOnceAndAsItWasWrittenLast(S3Bucket bucket) throws Exception {
        Path folder = Files.createDirectory(directory.resolve("folder"));
        Path configuration = ServeProcess.configuration(directory, bucket, """
                watches:
                  - {name: w, folder: '%s', target: {prefix: in/}, exclude: ['*.part'], scanEvery: 2s, uploads: 8}
                """.formatted(folder));
        List<Process> writers = new ArrayList<>();
        try (BucketView stored = new BucketView(bucket)) {
            for (int kill = 0; kill < KILLS; kill++) {
                try (ServeProcess gateway = ServeProcess.start(directory.resolve(kill + ".log"), configuration)) {
                    if (kill == 0) {
                        for (int i = 0; i < WRITERS; i++) {
                            writers.add(new ProcessBuilder("sh", "-c", WRITER, "sh", "w" + i, Integer.toString(FILES))
                                    .directory(folder.toFile())
                                    .inheritIO()
                                    .start());
                        }
                    }
                    int wanted = Math.min(WRITERS * FILES, (kill + 1) * WRITERS * FILES / (KILLS + 1));
                    Patience.await("some files are stored", () -> files(stored).size() >= wanted);
                    gateway.kill();
                }
            }
            for (Process writer : writers) {
                assertThat(writer.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
                assertThat(writer.exitValue()).isZero();
            }
            Map<String, String> contents = written(folder);
            assertThat(contents).hasSize(WRITERS * FILES);
            try (ServeProcess _ = ServeProcess.start(directory.resolve("last.log"), configuration)) {
                Patience.await("all files are there", () -> files(stored).size() >= contents.size());
                // What was rewritten while the gateway was down has its key already, but not its content.
                Set<String> wrong = new HashSet<>(contents.keySet());
                Patience.await("they are as they were written last", () -> {
                    wrong.removeIf(key -> contents.getOrDefault(key, "").equals(content(stored, key)));
                    return wrong.isEmpty();
                });
            }
            assertThat(files(stored)).containsExactlyInAnyOrderElementsOf(contents.keySet());
        } finally {
            writers.forEach(Process::destroyForcibly);
        }
    }

    private static String content(BucketView stored, String key) {
        return new String(stored.get(key), StandardCharsets.UTF_8);
    }
}
