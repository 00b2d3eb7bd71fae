package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules that leave files to an archive task. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuleArchiveTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path directory;

    private void upload(Gateway gateway, String path) throws Exception {
        Path file = Files.writeString(directory.resolve("content"), "content of " + path);
        Protocol.SFTP
                .upload(ListenPorts.of(gateway), file, path, Protocol.UNLIMITED)
                .run(LIMIT)
                .assertSuccess();
    }

    private static void awaitRules(Gateway gateway, int jobs) throws InterruptedException {
        Patience.await(
                "the rules have ended",
                () -> rules(gateway).stream().filter(job -> job.state().isEnd()).count() == jobs);
        assertThat(rules(gateway)).allMatch(job -> job.state() == JobState.SUCCEEDED);
    }

    private static List<Job> rules(Gateway gateway) {
        return gateway.jobs().list(JobFilter.in(Set.of(), 100)).stream()
                .filter(job -> job.wanted().kind().equals("rule"))
                .toList();
    }

    @Test
    void filesThatARuleSelectsAreArchivedAndStayReadable(S3Bucket bucket) throws Exception {
        Path configuration = ServeProcess.configuration(directory, bucket, """
                archives:
                  - {name: logs, source: {prefix: "to-{archive}/"}, target: {prefix: archives/}}
                rules:
                  - {name: old-logs, paths: ["/**/*.log"], steps: [{action: archive, task: logs}]}
                """);
        Map<String, String> readable = Map.of("SLIPWAY_ACCOUNTS_0_MOUNTS_0_ARCHIVES", "true");
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = Gateway.start(
                        SettingsLoader.load(configuration, readable).settings())) {
            stored.put("in/", new byte[0]);
            stored.put("to-{archive}/in/", new byte[0]);
            upload(gateway, "in/other.txt");
            upload(gateway, "in/one.log");
            // This one is where the task looks already.
            upload(gateway, "to-{archive}/in/two.log");
            awaitRules(gateway, 2);
            assertThat(stored.keys())
                    .contains("to-{archive}/in/one.log", "to-{archive}/in/two.log", "in/other.txt")
                    .doesNotContain("in/one.log");

            String _ = ApiClient.command(configuration, "archives", "run", "logs", "--all", "--wait");

            assertThat(stored.keys())
                    .contains("in/other.txt")
                    .noneMatch(key -> key.endsWith(".log"))
                    .anyMatch(key -> key.matches("archives/in/[^/]+\\.tar"));
            String url = "ftp://127.0.0.1:" + ListenPorts.of(gateway).explicit() + "/to-%7Barchive%7D/in/one.log";
            assertThat(Protocol.curl(Protocol.UNLIMITED, url)
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .isEqualTo("content of in/one.log");
        }
    }
}
