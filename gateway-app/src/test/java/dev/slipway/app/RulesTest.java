package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Files that clients upload, and the rules that take them. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RulesTest {
    @TempDir
    private Path directory;

    private Gateway start(S3Bucket bucket, String... settings) throws Exception {
        GatewayBuilder builder = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("rules[0].name", "arrival");
        for (int i = 0; i < settings.length; i += 2) {
            builder.set("rules[0]." + settings[i], settings[i + 1]);
        }
        return builder.start();
    }

    private void upload(Gateway gateway, String name, byte[] content) throws Exception {
        Path file = Files.write(directory.resolve(name), content);
        Protocol.SFTP
                .upload(Protocol.ListenPorts.of(gateway), file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    private static List<Job> rules(Gateway gateway) {
        return gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream()
                .filter(job -> job.wanted().kind().equals("rule"))
                .toList();
    }

    private static Job job(Gateway gateway) {
        List<Job> jobs = rules(gateway);
        assertThat(jobs).hasSize(1);
        return jobs.getFirst();
    }

    private static void await(Gateway gateway, JobState state) throws InterruptedException {
        Patience.await(
                "the job ends",
                () -> rules(gateway).stream().anyMatch(job -> job.state().isEnd()));
        Job job = job(gateway);
        assertThat(job.state()).as(job.message()).isEqualTo(state);
    }

    private byte[] gzip(byte[] content) throws Exception {
        Path file = directory.resolve("zipped");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            out.write(content);
        }
        return Files.readAllBytes(file);
    }

    private byte[] zip(String... names) throws Exception {
        Path file = directory.resolve("zipped");
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(file))) {
            for (String name : names) {
                out.putNextEntry(new ZipEntry(name));
                out.write(name.getBytes(UTF_8));
                out.closeEntry();
            }
        }
        return Files.readAllBytes(file);
    }

    @Test
    void aCompressedFileIsReplacedByItsContents(S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(1, 6 << 20);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "steps[0].action",
                        "decompress",
                        "steps[0].keep",
                        "false",
                        "steps[1].action",
                        "copy",
                        "steps[1].to",
                        "copies/{task}/{name}",
                        "steps[2].action",
                        "move",
                        "steps[2].to",
                        "done/{account}-{name}")) {
            upload(gateway, "report.csv.gz", gzip(content));
            await(gateway, JobState.SUCCEEDED);

            assertThat(stored.keys())
                    .filteredOn(key -> !key.endsWith("/"))
                    .containsExactlyInAnyOrder("copies/arrival/report.csv", "done/" + Protocol.USER + "-report.csv");
            assertThat(stored.get("copies/arrival/report.csv")).isEqualTo(content);
            assertThat(stored.get("done/" + Protocol.USER + "-report.csv")).isEqualTo(content);
        }
    }

    @Test
    void anArchiveIsExpandedAndStays(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket, "paths", "/*.zip", "steps[0].action", "decompress", "steps[0].to", "out/{stem}")) {
            upload(gateway, "other.txt", "not taken by the rule".getBytes(UTF_8));
            upload(gateway, "files.zip", zip("a.txt", "sub/deep/b.txt"));
            await(gateway, JobState.SUCCEEDED);

            assertThat(stored.keys()).contains("files.zip", "other.txt");
            assertThat(stored.get("out/files/a.txt")).asString(UTF_8).isEqualTo("a.txt");
            assertThat(stored.get("out/files/sub/deep/b.txt")).asString(UTF_8).isEqualTo("sub/deep/b.txt");
        }
    }

    @Test
    void aBombLeavesNothing(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, "steps[0].action", "decompress", "steps[0].keep", "false")) {
            upload(gateway, "zeros.gz", gzip(new byte[40 << 20]));
            await(gateway, JobState.FAILED);

            assertThat(job(gateway).message()).contains("step 1, decompress", "200 times as large as the file");
            assertThat(stored.keys()).containsExactly("zeros.gz");
        }
    }

    @Test
    void anArchiveThatIsRefusedLeavesNothing(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, "steps[0].action", "decompress")) {
            upload(gateway, "files.zip", zip("a.txt", "../b.txt"));
            await(gateway, JobState.FAILED);

            assertThat(job(gateway).message()).contains("'../b.txt' leads out of the archive");
            assertThat(stored.keys()).containsExactly("files.zip");
        }
    }

    @Test
    void aClashIsAnError(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("files/b.txt", "was here before".getBytes(UTF_8));
            try (Gateway gateway = start(bucket, "steps[0].action", "decompress")) {
                upload(gateway, "files.zip", zip("a.txt", "b.txt"));
                await(gateway, JobState.FAILED);

                assertThat(job(gateway).message()).contains("files/b.txt already");
                assertThat(stored.keys()).containsExactlyInAnyOrder("files.zip", "files/b.txt");
                assertThat(stored.get("files/b.txt")).asString(UTF_8).isEqualTo("was here before");
            }
        }
    }

    @Test
    void aFailedJobIsRetriedFromItsStep(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket)) {
            stored.put("done/file", "was here before".getBytes(UTF_8));
            try (Gateway gateway = start(
                    bucket,
                    "steps[0].action",
                    "copy",
                    "steps[0].to",
                    "copies/{name}",
                    "steps[1].action",
                    "move",
                    "steps[1].to",
                    "done/{name}")) {
                upload(gateway, "file", "content".getBytes(UTF_8));
                await(gateway, JobState.FAILED);
                assertThat(stored.keys()).contains("file", "copies/file");

                stored.delete("done/file");
                assertThat(gateway.jobs().retry(job(gateway).id())).isTrue();
                await(gateway, JobState.SUCCEEDED);
                assertThat(stored.get("done/file")).asString(UTF_8).isEqualTo("content");
                assertThat(stored.keys()).doesNotContain("file").contains("copies/file");
            }
        }
    }

    @Test
    void aRuleDoesNotTakeWhatItHasStored(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(bucket, "paths", "**", "steps[0].action", "decompress")) {
            upload(gateway, "twice.gz.gz", gzip(gzip("content".getBytes(UTF_8))));
            await(gateway, JobState.SUCCEEDED);

            assertThat(stored.keys()).containsExactlyInAnyOrder("twice.gz.gz", "twice.gz");
            assertThat(job(gateway).message())
                    .isEqualTo(
                            "1 step of rule arrival; rule arrival matches what was stored, too, but no rule takes what"
                                    + " rules have stored");
            // Of the one file that was uploaded.
            assertThat(job(gateway).wanted().source()).endsWith(":twice.gz.gz");
        }
    }

    @Test
    void whatCameOutOfAnArchiveIsPushedAndThenTheJobIsDone(S3Bucket bucket) throws Exception {
        try (SshdServer server = SshdServer.start();
                BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("remotes[0].name", "vault")
                        .set("remotes[0].host", "127.0.0.1")
                        .set("remotes[0].port", Integer.toString(server.port()))
                        .set("remotes[0].user", server.user())
                        .set("remotes[0].keyFile", server.userKey().toString())
                        .set("remotes[0].hostKeys", server.hostKey())
                        .set("rules[0].name", "arrival")
                        .set("rules[0].steps[0].action", "decompress")
                        .set("rules[0].steps[0].keep", "false")
                        .set("rules[0].steps[1].action", "push")
                        .set("rules[0].steps[1].to", "vault:" + directory.resolve("in") + "/")
                        .start()) {
            upload(gateway, "files.zip", zip("a.txt", "sub/b [*].txt"));
            await(gateway, JobState.SUCCEEDED);

            assertThat(directory.resolve("in/a.txt")).hasContent("a.txt");
            assertThat(directory.resolve("in/sub/b [*].txt")).hasContent("sub/b [*].txt");
            assertThat(stored.keys()).contains("files/a.txt").doesNotContain("files.zip");
        }
    }

    @Test
    void aGatewayThatIsKilledBetweenTheUploadAndTheRuleLosesNothing(S3Bucket bucket) throws Exception {
        Path file = Files.write(directory.resolve("told"), Bytes.random(1, 1000));
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            Path configuration = ServeProcess.configuration(
                    directory,
                    proxied,
                    "stat",
                    "rules: [{name: arrival, paths: [/told], steps: [{action: copy, to: 'copies/{name}'}]}]");
            network.fail(
                    request ->
                            request.method().equals("PUT") && request.target().contains("/told"),
                    new RequestFault.StallReply(0));
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration);
                    RunningClient client = Protocol.SFTP
                            .upload(gateway.ports(), file, "told", Protocol.UNLIMITED)
                            .start()) {
                Patience.await("the store has it", () -> stored.keys().contains("told"));
                gateway.kill();
                client.await(Patience.LIMIT).assertFailure();
            }
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("the rule has copied it", () -> stored.keys().contains("copies/told"));
            }
            assertThat(stored.get("copies/told")).isEqualTo(Files.readAllBytes(file));
        }
    }

    @Test
    void aGatewayThatIsKilledWhileItExpandsGoesOnLater(S3Bucket bucket) throws Exception {
        byte[] archive = zip("a.txt", "b.txt", "c.txt");
        Path file = Files.write(directory.resolve("files.zip"), archive);
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
            Path configuration = ServeProcess.configuration(
                    directory, proxied, "stat", "rules: [{name: arrival, steps: [{action: decompress, keep: false}]}]");
            network.fail(
                    request ->
                            request.method().equals("PUT") && request.target().contains("/files/b.txt"),
                    new RequestFault.StallReply(0));
            try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
                Protocol.SFTP
                        .upload(gateway.ports(), file, "files.zip", Protocol.UNLIMITED)
                        .run(Patience.LIMIT)
                        .assertSuccess();
                Patience.await(
                        "the second member is stored", () -> stored.keys().contains("files/b.txt"));
                gateway.kill();
            }
            assertThat(stored.keys()).contains("files.zip").doesNotContain("files/c.txt");
            network.pass();
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("the rule is done", () -> !stored.keys().contains("files.zip"));
            }
            for (String name : List.of("a.txt", "b.txt", "c.txt")) {
                assertThat(stored.get("files/" + name)).asString(UTF_8).isEqualTo(name);
            }
        }
    }
}
