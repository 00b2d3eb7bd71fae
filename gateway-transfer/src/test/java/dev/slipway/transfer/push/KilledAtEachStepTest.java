package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobEngine;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.push.CutPushes.Cut;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Clock;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/**
 * A gateway is killed with one push at each step of a push. The next one, with the state database of that moment,
 * continues all of them.
 */
@S3Store
class KilledAtEachStepTest {
    private static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);
    private static final int PIECES = 2;
    private static final int PIECE_BYTES = 1000;
    private static final byte[] CONTENT = Bytes.random(1, PIECES * PIECE_BYTES + 7);
    private static final byte[] OLD = "old".getBytes(StandardCharsets.UTF_8);
    private static final PushSettings SETTINGS = new PushSettings(
            null, PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.of(0), PIECE_BYTES, SourceRules.PUBLIC);
    private static final String KEY = "source";

    /** The number of the push that is not disturbed. */
    private static final int WHOLE = 1000;

    /** How often these steps occur depends on the timing of threads. */
    private static final Pattern VARYING =
            Pattern.compile("(before|after) save .*|before SSH_FXP_WRITE .*|after an answer .*");

    private final S3Bucket bucket;

    @TempDir
    private Path folder;

    KilledAtEachStepTest(S3Bucket bucket) {
        this.bucket = bucket;
    }

    @ParameterizedTest
    @CsvSource({"DIRECT, false, true", "STREAMING, true, true", "STREAMING, true, false"})
    void everyPushDeliversItsFileOnce(TransferMode mode, boolean replaces, boolean atomic) throws Exception {
        Path state = folder.resolve("killed").resolve("state.db");
        Path copy = Files.createDirectory(folder.resolve("next")).resolve("state.db");
        // The fastest key exchange, since there are many connections.
        SshdServer.Options server = SshdServer.options().config("KexAlgorithms curve25519-sha256");
        if (!atomic) {
            server.withoutRequests("posix-rename");
        }
        try (SshdServer sshd = server.start();
                TestStore store = new TestStore(bucket.endpoint(), folder.resolve("store"));
                StateDatabase database = StateDatabase.open(state);
                CutPushes pushes = new CutPushes(
                        remotes(database, sshd),
                        (client, remotes) -> kind(sources(store, database), client, remotes, database));
                JobEngine jobs = new JobEngine(database, Clock.systemUTC(), settings(1000), _ -> 1000)) {
            putSource(store, new AttributeTable(database));
            jobs.register(pushes);
            jobs.start();
            List<String> steps = steps(pushes, jobs, mode, replaces);
            if (!atomic) {
                // Only the steps after the comparison differ.
                steps = steps.subList(steps.indexOf("before save 3"), steps.size());
            }
            List<Cut> cuts = new ArrayList<>();
            for (int i = 0; i < steps.size(); i++) {
                cuts.add(submitted(pushes, jobs, mode, replaces, i, steps.get(i)));
            }
            for (Cut cut : cuts) {
                cut.await();
            }
            StateDatabase.backup(state, copy);
            for (int i = 0; i < steps.size(); i++) {
                takeAway(i, replaces, atomic);
            }
            try (StateDatabase left = StateDatabase.open(copy);
                    RemoteClient client = new RemoteClient();
                    JobEngine next = new JobEngine(left, Clock.systemUTC(), settings(6), _ -> 1000)) {
                next.register(kind(sources(store, left), client, remotes(left, sshd), left));
                next.start();
                for (int i = 0; i < steps.size(); i++) {
                    Job job = awaitEnd(next, name(i));
                    Cut cut = cuts.get(i);
                    assertThat(job.state()).as("%s after %s", job, cut.steps()).isEqualTo(JobState.SUCCEEDED);
                    assertOne(i, replaces, cut);
                    if (cut.isCut()) {
                        List<Attempt> attempts = next.attempts(job.id());
                        assertThat(attempts).hasSize(2);
                        assertThat(attempts.getFirst().ended()).isNull();
                    }
                }
            }
            assertThat(cuts.stream().filter(Cut::isCut).map(cut -> cut.steps().getLast()))
                    .containsAll(steps.stream()
                            .filter(step -> !VARYING.matcher(step).matches())
                            .toList());
            pushes.release();
        }
    }

    /** What a push does that nothing happens to. */
    private List<String> steps(CutPushes pushes, Jobs jobs, TransferMode mode, boolean replaces) throws Exception {
        Cut whole = submitted(pushes, jobs, mode, replaces, WHOLE, "");
        Job job = awaitEnd(jobs, name(WHOLE));
        assertThat(job.state()).as(job.message()).isEqualTo(JobState.SUCCEEDED);
        assertThat(job.message()).contains("SHA256 compared");
        // One push tests the remote, and another one the digest.
        assertThat(whole.steps())
                .contains("after a command " + (mode == TransferMode.DIRECT ? PIECES + 2 : 2))
                .contains(mode == TransferMode.DIRECT ? "after all 1" : "before SSH_FXP_WRITE " + PIECES);
        assertOne(WHOLE, replaces, whole);
        return whole.steps();
    }

    private static String name(int number) {
        return "job " + number;
    }

    /** The target of a file: in folders that do not exist yet, or an existing file. */
    private Path target(int number, boolean replaces) {
        Path own = folder.resolve("remote").resolve(String.valueOf(number));
        return (replaces ? own : own.resolve("new/folder")).resolve("target");
    }

    private Path taken(int number) {
        return folder.resolve("taken").resolve(String.valueOf(number));
    }

    private Cut submitted(CutPushes pushes, Jobs jobs, TransferMode mode, boolean replaces, int number, String step)
            throws IOException {
        Path target = target(number, replaces);
        if (replaces) {
            Files.createDirectories(target.getParent());
            Files.write(target, OLD);
        } else {
            Files.createDirectories(folder.resolve("remote").resolve(String.valueOf(number)));
        }
        Cut cut = pushes.cut(name(number), step);
        PushRequest request = new PushRequest(
                bucket.name(),
                KEY,
                null,
                null,
                null,
                null,
                null,
                target.toString(),
                KEY,
                false,
                List.of(),
                List.of(),
                "newer",
                replaces,
                !replaces,
                mode,
                "administrator",
                null);
        jobs.submit(new NewJob(
                name(number),
                PushKind.NAME,
                StoredJson.write(request),
                "vault",
                KEY,
                target.toString(),
                0,
                null,
                "test",
                "",
                null));
        return cut;
    }

    /** A file with its final name is complete; the test removes it, as a waiting recipient might. */
    private void takeAway(int number, boolean replaces, boolean atomic) throws IOException {
        Path target = target(number, replaces);
        if (replaces) {
            if (atomic || Files.exists(target)) {
                assertThat(Files.readAllBytes(target)).isIn(OLD, CONTENT);
            }
        } else if (Files.exists(target)) {
            assertThat(target).hasBinaryContent(CONTENT);
            Files.createDirectories(taken(number).getParent());
            Files.move(target, taken(number));
        }
    }

    private void assertOne(int number, boolean replaces, Cut cut) throws IOException {
        Path target = target(number, replaces);
        if (Files.exists(taken(number))) {
            assertThat(target.getParent()).as("%s", cut.steps()).isEmptyDirectory();
        } else {
            try (Stream<Path> files = Files.list(target.getParent())) {
                assertThat(files).as("%s", cut.steps()).containsExactly(target);
            }
            assertThat(target).as("%s", cut.steps()).hasBinaryContent(CONTENT);
        }
    }

    private void putSource(TestStore store, AttributeTable attributes) throws Exception {
        try (S3AsyncClient s3 = bucket.endpoint().newClient()) {
            s3.putObject(request -> request.bucket(bucket.name()).key(KEY), AsyncRequestBody.fromBytes(CONTENT))
                    .join();
        }
        ObjectInfo info = store.store().head(new ObjectKey(bucket.name(), KEY)).orElseThrow();
        attributes.putDigests(
                info,
                Map.of(
                        DigestAlgorithm.SHA256,
                        MessageDigest.getInstance("SHA-256").digest(CONTENT)));
    }

    private static Sources sources(TestStore store, StateDatabase database) {
        return new Sources(
                store.store(), new AttributeTable(database), SETTINGS, new StoreReachability(InstantSource.system()));
    }

    private static JobKind kind(Sources sources, RemoteClient client, Remotes remotes, StateDatabase database) {
        return new PushKind(
                sources,
                remotes,
                client,
                SECRETS,
                SETTINGS,
                new SentTable(database),
                new PushRights(_ -> Optional.empty()));
    }

    private static Remotes remotes(StateDatabase database, SshdServer sshd) throws IOException {
        Remote vault = new Remote(
                "vault",
                "127.0.0.1",
                sshd.port(),
                sshd.user(),
                new Credentials.PrivateKey(Files.readString(sshd.userKey()), null),
                List.of(sshd.hostKey()),
                List.of(),
                TransferMode.AUTO,
                1000,
                PIECES,
                OptionalInt.empty(),
                "");
        return new StoredRemotes(database, SECRETS, List.of(vault));
    }

    private static JobSettings settings(int running) {
        return new JobSettings(
                running,
                Duration.ofHours(1),
                Duration.ofHours(1),
                Duration.ofHours(1),
                50,
                Duration.ofDays(1),
                1000,
                Duration.ofMillis(100));
    }

    private static Job awaitEnd(Jobs jobs, String id) throws Exception {
        CountDownLatch ended = new CountDownLatch(1);
        try (AutoCloseable _ = jobs.subscribe(job -> {
            if (job.id().equals(id) && job.state().isEnd()) {
                ended.countDown();
            }
        })) {
            if (!jobs.find(id).orElseThrow().state().isEnd()) {
                assertThat(ended.await(Patience.SECONDS, TimeUnit.SECONDS))
                        .as("%s", jobs.find(id))
                        .isTrue();
            }
        }
        return jobs.find(id).orElseThrow();
    }
}
