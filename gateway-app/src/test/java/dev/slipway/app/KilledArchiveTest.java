package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.archive.ArchivedObject;
import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A gateway that is killed at each step of an archive. One run has a folder for each step, so that the gateway that continues
 * after one kill is the next to be killed.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class KilledArchiveTest {
    private static final int MIB = 1 << 20;
    private static final int FILES = 5;

    /** The request of a run at which it is killed: before the store learns of it, or before the gateway learns of the answer. */
    private enum Step {
        BEFORE_A_FILE_IS_READ("a") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return request.method().equals("GET") && request.path().contains(folder());
            }
        },
        BEFORE_THE_ARCHIVE_IS_STORED("b") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isLast(request) && request.path().endsWith(".tar");
            }
        },
        ONCE_THE_ARCHIVE_IS_STORED("c") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isLast(request) && request.path().endsWith(".tar");
            }

            @Override
            boolean isDone(BucketView stored) {
                return stored.keysBelow(archives().substring(1)).stream().anyMatch(key -> key.endsWith(".tar"));
            }
        },
        BEFORE_THE_ARCHIVE_IS_VERIFIED("d") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return request.method().equals("GET") && request.path().contains(archives());
            }
        },
        BEFORE_THE_INDEX_IS_STORED("e") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isIndex(request);
            }
        },
        ONCE_THE_INDEX_IS_STORED("f") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isIndex(request);
            }

            @Override
            boolean isDone(BucketView stored) {
                return stored.keysBelow(archives().substring(1)).stream().anyMatch(key -> key.endsWith(".gz"));
            }
        },
        ONCE_THE_MEMBERS_ARE_RECORDED("g") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return request.method().equals("HEAD") && request.path().contains(folder());
            }
        },
        BEFORE_THE_FILES_ARE_DELETED("h") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isDeletion(request) && earlier.stream().anyMatch(this::isIndex);
            }
        },
        ONCE_THE_FILES_ARE_DELETED("i") {
            @Override
            boolean is(HttpRequest request, List<HttpRequest> earlier) {
                return isDeletion(request) && earlier.stream().anyMatch(this::isIndex);
            }

            @Override
            boolean isDone(BucketView stored) {
                return files(stored, folder().substring(1)).isEmpty();
            }
        };

        /** The name of its folder. A run takes folders in the order of their names. */
        private final String name;

        Step(String name) {
            this.name = name;
        }

        abstract boolean is(HttpRequest request, List<HttpRequest> earlier);

        /** Whether the store has performed the request; for those whose answer is held back. */
        boolean isDone(BucketView stored) {
            return false;
        }

        boolean isHeldBeforeTheStore() {
            return name().startsWith("BEFORE") || this == ONCE_THE_MEMBERS_ARE_RECORDED;
        }

        String folder() {
            return "/in/" + name + "/";
        }

        String archives() {
            return "/archives/" + name + "/";
        }

        /** Whether a request makes an object visible, stored in parts or not. */
        boolean isLast(HttpRequest request) {
            boolean isPut = request.method().equals("PUT") && !request.hasParameter("partNumber");
            boolean isCompletion = request.method().equals("POST") && request.hasParameter("uploadId");
            return request.path().contains(archives()) && !request.path().endsWith("/") && (isPut || isCompletion);
        }

        boolean isIndex(HttpRequest request) {
            return isLast(request) && request.path().endsWith(".gz");
        }

        boolean isDeletion(HttpRequest request) {
            return (request.method().equals("POST") && request.hasParameter("delete"))
                    || (request.method().equals("DELETE") && request.path().contains(folder()));
        }
    }

    @TempDir
    private Path directory;

    private final Map<String, byte[]> contents = new TreeMap<>();

    private static List<String> files(BucketView stored, String prefix) {
        return stored.keysBelow(prefix).stream()
                .filter(key -> !key.endsWith("/"))
                .toList();
    }

    /** Runs a command on the gateway's machine. */
    private static void command(String... arguments) throws Exception {
        Process process = new ProcessBuilder(ServeProcess.command(arguments))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
    }

    @Test
    void everyFileExistsOnceAsItselfOrAsAMember(S3Bucket bucket) throws Exception {
        for (Step step : Step.values()) {
            for (int i = 0; i < FILES; i++) {
                contents.put(step.folder().substring(1) + i, Bytes.random(contents.size(), 1000 + contents.size()));
            }
        }
        // This archive does not fit in one request.
        contents.put(Step.ONCE_THE_ARCHIVE_IS_STORED.folder().substring(1) + "large", Bytes.random(1, 11 * MIB));
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            stored.putAll(List.copyOf(contents.keySet()), key -> Objects.requireNonNull(contents.get(key)));
            Path configuration = ServeProcess.configuration(
                    directory, new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name()), """
                    transfer: {firstPause: 1s, longestPause: 1s}
                    archives:
                      - {name: a, source: {prefix: in/}, target: {prefix: archives/}, format: tar}
                    """);
            for (Step step : Step.values()) {
                killAt(step, configuration, network, stored, bucket);
            }
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("last.log"), configuration)) {
                Patience.await("all is archived", () -> files(stored, "in/").isEmpty());
                Patience.await("the run has ended", () -> jobs().equals(List.of("SUCCEEDED")));
            }
            assertArchived(stored, bucket);
        }
    }

    private List<String> jobs() {
        try (StateDatabase database = StateDatabase.join(directory.resolve("state/slipway.db"))) {
            return database.read(handle -> handle.createQuery("SELECT state FROM jobs")
                    .mapTo(String.class)
                    .list());
        }
    }

    private void killAt(Step step, Path configuration, FaultProxy network, BucketView stored, S3Bucket bucket)
            throws Exception {
        network.pass();
        network.forgetRequests();
        network.fail(
                request -> step.is(request, network.requests()),
                step.isHeldBeforeTheStore() ? new RequestFault.Hang() : new RequestFault.StallReply(0));
        try (ServeProcess gateway = ServeProcess.start(directory.resolve(step + ".log"), configuration)) {
            if (step == Step.BEFORE_A_FILE_IS_READ) {
                command("archives", "run", "a", "--all", "--config", configuration.toString());
            }
            Patience.await(
                    step.name(),
                    () -> step.isHeldBeforeTheStore()
                            ? network.requests().stream().anyMatch(request -> step.is(request, network.requests()))
                            : step.isDone(stored));
            gateway.kill();
        }
        network.resetConnections();
        List<String> objects = files(stored, "in/");
        try (StateDatabase database = StateDatabase.join(directory.resolve("state/slipway.db"))) {
            ArchiveTable table = new ArchiveTable(database);
            assertThat(contents.keySet().stream()
                            .filter(key -> !objects.contains(key))
                            .filter(key -> table.find(new ObjectKey(bucket.name(), key))
                                    .isEmpty()))
                    .as("files that are lost " + step)
                    .isEmpty();
        }
    }

    private void assertArchived(BucketView stored, S3Bucket bucket) throws Exception {
        List<String> archives = files(stored, "archives/");
        try (StateDatabase database = StateDatabase.join(directory.resolve("state/slipway.db"))) {
            ArchiveTable table = new ArchiveTable(database);
            assertThat(archives)
                    .containsExactlyInAnyOrderElementsOf(table.archives(null, 100).stream()
                            .map(archive -> archive.key().key())
                            .flatMap(key -> Stream.of(key, key.replace(".tar", ".index.json.gz")))
                            .toList());
            assertThat(archives).hasSize(2 * Step.values().length);
            long bytes = 0;
            for (Map.Entry<String, byte[]> content : contents.entrySet()) {
                List<ArchivedObject> members = table.all(new ObjectKey(bucket.name(), content.getKey()), 10);
                assertThat(members).as(content.getKey()).hasSize(1);
                ArchivedObject member = members.getFirst();
                int from = Math.toIntExact(member.member().offset());
                int to = Math.toIntExact(from + member.member().length());
                byte[] read =
                        Arrays.copyOfRange(stored.get(member.archive().key().key()), from, to);
                assertThat(read).as(content.getKey()).isEqualTo(content.getValue());
                bytes += read.length;
            }
            assertThat(bytes)
                    .isEqualTo(contents.values().stream()
                            .mapToLong(content -> content.length)
                            .sum());
        }
    }
}
