package dev.slipway.app;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.GnuPg;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** Rules that decrypt, verify, encrypt and sign what comes in, with gpg at the other side. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenPgpRulesTest {
    private static GnuPg gpg;

    @TempDir
    private Path directory;

    @BeforeAll
    static void makeKeys() throws Exception {
        gpg = GnuPg.create();
        gpg.generate("ours", GnuPg.Kind.CURVES);
        gpg.generate("partner", GnuPg.Kind.CURVES);
        gpg.generate("old", GnuPg.Kind.CURVES, "10d", "--faked-system-time=20240101T000000");
        Files.write(gpg.home().resolve("ours.asc"), gpg.secretKey("ours"));
        for (String name : new String[] {"partner", "old"}) {
            Files.write(gpg.home().resolve(name + ".pgp"), gpg.publicKey(name));
        }
    }

    @AfterAll
    static void close() {
        gpg.close();
    }

    private static byte[] gpg(byte[] input, String arguments) throws Exception {
        return gpg.run(input, arguments.split(" ", -1)).success();
    }

    private Gateway start(S3Bucket bucket, String... settings) throws Exception {
        GatewayBuilder builder = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("openpgpKeys[0].name", "ours")
                .set("openpgpKeys[0].file", gpg.home().resolve("ours.asc").toString())
                .set("openpgpKeys[0].passphrase", GnuPg.PASSPHRASE)
                .set("openpgpKeys[1].name", "partner")
                .set("openpgpKeys[1].file", gpg.home().resolve("partner.pgp").toString())
                .set("rules[0].name", "arrival");
        for (int i = 0; i < settings.length; i += 2) {
            builder.set("rules[0]." + settings[i], settings[i + 1]);
        }
        return builder.start();
    }

    private void upload(Protocol.ListenPorts ports, String name, byte[] content) throws Exception {
        Path file = Files.write(directory.resolve(name), content);
        Protocol.SFTP
                .upload(ports, file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    private static Job ended(Gateway gateway, JobState state) throws InterruptedException {
        Patience.await(
                "the job ends",
                () -> gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream()
                        .anyMatch(job -> job.state().isEnd()));
        Job job = gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst();
        assertThat(job.state()).as(job.message()).isEqualTo(state);
        return job;
    }

    @Test
    void aSignedAndEncryptedFileIsReplacedByItsContents(S3Bucket bucket) throws Exception {
        // Of several parts.
        byte[] content = Bytes.random(1, 12 << 20);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "steps[0].action",
                        "decrypt",
                        "steps[0].signers",
                        "partner",
                        "steps[0].to",
                        "plain/{stem}",
                        "steps[0].keep",
                        "false")) {
            upload(
                    Protocol.ListenPorts.of(gateway),
                    "report.csv.pgp",
                    gpg(content, "--sign -u partner --encrypt -r ours"));
            ended(gateway, JobState.SUCCEEDED);

            assertThat(stored.keys()).filteredOn(key -> !key.endsWith("/")).containsExactly("plain/report.csv");
            assertThat(stored.get("plain/report.csv")).isEqualTo(content);
        }
    }

    @Test
    void aFileThatIsNotGenuineStaysAndLeavesNothing(S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        byte[] file = gpg(content, "--compress-algo none --sign -u partner --encrypt -r ours");
        file[file.length - 1] ^= 1;
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "steps[0].action",
                        "decrypt",
                        "steps[0].signers",
                        "partner",
                        "steps[0].keep",
                        "false")) {
            upload(Protocol.ListenPorts.of(gateway), "report.csv.pgp", file);
            Job job = ended(gateway, JobState.FAILED);

            assertThat(job.message())
                    .isEqualTo("step 1, decrypt: The file was changed, or damaged, after it was encrypted.");
            assertThat(stored.keys()).containsExactly("report.csv.pgp");
            assertThat(stored.pendingUploads("report.csv")).isEmpty();
        }
    }

    @Test
    void gpgReadsWhatIsEncryptedSignedAndMoved(S3Bucket bucket) throws Exception {
        byte[] content = Bytes.random(1, 12 << 20);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "steps[0].action",
                        "encrypt",
                        "steps[0].recipients",
                        "partner",
                        "steps[0].signer",
                        "ours",
                        "steps[0].keep",
                        "false",
                        "steps[1].action",
                        "move",
                        "steps[1].to",
                        "out/{name}",
                        "steps[2].action",
                        "sign",
                        "steps[2].signer",
                        "ours",
                        "steps[2].armor",
                        "true")) {
            upload(Protocol.ListenPorts.of(gateway), "report.csv", content);
            ended(gateway, JobState.SUCCEEDED);

            assertThat(stored.keys())
                    .filteredOn(key -> !key.endsWith("/"))
                    .containsExactlyInAnyOrder("out/report.csv.pgp", "out/report.csv.pgp.asc");
            byte[] encrypted = stored.get("out/report.csv.pgp");
            GnuPg.Result decrypted = gpg.run(encrypted, "--decrypt");
            assertThat(decrypted.success()).isEqualTo(content);
            assertThat(decrypted.messages()).contains("GOODSIG");
            Files.write(gpg.home().resolve("report"), encrypted);
            Files.write(gpg.home().resolve("report.asc"), stored.get("out/report.csv.pgp.asc"));
            gpg(new byte[0], "--verify report.asc report");
        }
    }

    @Test
    void aSignatureThatComesTooLateIsFoundByARetry(S3Bucket bucket) throws Exception {
        byte[] content = "content".getBytes(UTF_8);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "paths",
                        "/*.csv",
                        "steps[0].action",
                        "verify",
                        "steps[0].signers",
                        "partner",
                        "steps[0].maxWait",
                        "0s",
                        "steps[1].action",
                        "move",
                        "steps[1].to",
                        "verified/{name}")) {
            upload(Protocol.ListenPorts.of(gateway), "report.csv", content);
            Job job = ended(gateway, JobState.FAILED);
            assertThat(job.message())
                    .isEqualTo("step 1, verify: no signature report.csv.sig or report.csv.asc has come within 0s");
            assertThat(stored.keys()).contains("report.csv");

            upload(
                    Protocol.ListenPorts.of(gateway),
                    "report.csv.asc",
                    gpg(content, "--armor --detach-sign -u partner"));
            assertThat(gateway.jobs().retry(job.id())).isTrue();
            ended(gateway, JobState.SUCCEEDED);

            assertThat(stored.get("verified/report.csv")).isEqualTo(content);
        }
    }

    /** A partner sends a file of the same name again, and the signature of the last one is still there. */
    @Test
    void theSignatureOfAnEarlierFileIsNoReasonToFailBeforeTheRightOneHasCome(S3Bucket bucket) throws Exception {
        byte[] content = "content".getBytes(UTF_8);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = start(
                        bucket,
                        "paths",
                        "/*.csv",
                        "steps[0].action",
                        "verify",
                        "steps[0].signers",
                        "partner",
                        "steps[1].action",
                        "move",
                        "steps[1].to",
                        "verified/{name}")) {
            Protocol.ListenPorts ports = Protocol.ListenPorts.of(gateway);
            upload(ports, "report.csv.sig", gpg("earlier content".getBytes(UTF_8), "--detach-sign -u partner"));
            upload(ports, "report.csv", content);
            Patience.await(
                    "the job waits",
                    () -> gateway.jobs().list(JobFilter.in(Set.of(JobState.RUNNING), 10)).stream()
                            .anyMatch(job -> job.phase().equals("waiting for a signature of this file")
                                    && job.nextAttempt() != null));

            upload(ports, "report.csv.asc", gpg(content, "--armor --detach-sign -u partner"));
            String job =
                    gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst().id();
            // Now rather than in half a minute.
            assertThat(gateway.jobs().pause(job)).isTrue();
            assertThat(gateway.jobs().resume(job)).isTrue();
            ended(gateway, JobState.SUCCEEDED);

            assertThat(stored.get("verified/report.csv")).isEqualTo(content);
        }
    }

    /** Has a gateway encrypt report.csv, and kills it before it knows that. Returns its configuration. */
    private Path killedAfterItHasEncrypted(S3Bucket bucket, BucketView stored, FaultProxy network) throws Exception {
        S3Bucket proxied = new S3Bucket(bucket.endpoint().at(network.uri()), bucket.name());
        Path configuration = ServeProcess.configuration(
                directory,
                proxied,
                "stat",
                "openpgpKeys: [{name: partner, file: " + gpg.home().resolve("partner.pgp")
                        + "}]\nrules: [{name: arrival, steps: [{action: encrypt, recipients: [partner], keep: false}]}]");
        network.fail(
                request -> request.method().equals("PUT") && request.target().contains("/report.csv.pgp"),
                new RequestFault.StallReply(0));
        try (ServeProcess gateway = ServeProcess.start(directory.resolve("first.log"), configuration)) {
            upload(gateway.ports(), "report.csv", "content".getBytes(UTF_8));
            Patience.await("the store has it", () -> stored.keys().contains("report.csv.pgp"));
            gateway.kill();
        }
        network.pass();
        return configuration;
    }

    /** What is encrypted differs each time, so the second gateway must know what the first has stored. */
    @Test
    void aGatewayThatIsKilledAfterItHasEncryptedGoesOnLater(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            Path configuration = killedAfterItHasEncrypted(bucket, stored, network);
            byte[] encrypted = stored.get("report.csv.pgp");
            assertThat(stored.keys()).contains("report.csv");
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("the rule is done", () -> !stored.keys().contains("report.csv"));
            }
            assertThat(stored.get("report.csv.pgp")).isEqualTo(encrypted);
            assertThat(gpg(encrypted, "--decrypt")).asString(UTF_8).isEqualTo("content");
        }
    }

    /** Otherwise, it would be in the way of what the job of the newer file encrypts. */
    @Test
    void whatAnInterruptedStepHasEncryptedGoesIfTheFileIsReplaced(S3Bucket bucket) throws Exception {
        try (BucketView stored = new BucketView(bucket);
                FaultProxy network = FaultProxy.http(bucket.endpoint().uri())) {
            Path configuration = killedAfterItHasEncrypted(bucket, stored, network);
            stored.put("report.csv", "newer content".getBytes(UTF_8));
            try (ServeProcess _ = ServeProcess.start(directory.resolve("second.log"), configuration)) {
                Patience.await("it goes", () -> !stored.keys().contains("report.csv.pgp"));
            }
            assertThat(stored.get("report.csv")).asString(UTF_8).isEqualTo("newer content");
        }
    }

    @Test
    void aKeyThatHasExpiredKeepsNoGatewayFromStarting(S3Bucket bucket) throws Exception {
        String[] settings = {
            "openpgpKeys[0].name", "old",
            "openpgpKeys[0].file", gpg.home().resolve("old.pgp").toString(),
            "rules[0].name", "arrival",
            "rules[0].steps[0].action", "encrypt",
            "rules[0].steps[0].recipients", "old",
        };
        GatewayBuilder builder = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory);
        for (int i = 0; i < settings.length; i += 2) {
            builder.set(settings[i], settings[i + 1]);
        }
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = builder.start()) {
            upload(Protocol.ListenPorts.of(gateway), "report.csv", "content".getBytes(UTF_8));
            Job job = ended(gateway, JobState.FAILED);

            assertThat(job.message()).isEqualTo("step 1, encrypt: The key old expired on 2024-01-11.");
            assertThat(stored.keys()).containsExactly("report.csv");
        }
    }

    @Test
    void theCheckOfTheConfigurationFindsWhatKeysCannotDo() throws Exception {
        Path file = Files.writeString(directory.resolve("checked.yml"), """
                s3: {bucket: files}
                accounts: [{name: anna, password: hidden}]
                openpgpKeys:
                  - {name: ours, file: %1$s/ours.asc, passphrase: a wrong one}
                  - {name: old, file: %1$s/old.pgp}
                  - {name: partner, file: %1$s/partner.pgp}
                rules:
                  - name: arrival
                    steps:
                      - {action: encrypt, recipients: [partner, old]}
                      - {action: sign, signer: partner}
                """.formatted(gpg.home()));
        StringWriter errors = new StringWriter();
        CommandLine commandLine = Main.commandLine();
        commandLine.setErr(new PrintWriter(errors, true));

        assertThat(commandLine.execute("config", "check", "--config", file.toString()))
                .isEqualTo(1);
        assertThat(errors.toString())
                .contains("3 problems")
                .contains("openpgpKeys[0].file is '" + gpg.home() + "/ours.asc': cannot be unlocked")
                .contains("rules[0].steps[0].recipients[1] is 'old': expired on 2024-01-11")
                .contains("rules[0].steps[1].signer is 'partner': is a public key; a secret key is needed")
                .doesNotContain("a wrong one");
    }

    @Test
    void namesOfKeysThatThereAreNotAreMistakes(S3Bucket bucket) {
        assertThatThrownBy(() -> start(
                        bucket,
                        "steps[0].action",
                        "encrypt",
                        "steps[0].recipients",
                        "partner, nobody",
                        "steps[1].action",
                        "sign",
                        "steps[1].signer",
                        "somebody"))
                .hasMessageContaining("rules[0].steps[0].recipients[1] is 'nobody': is no name of one of openpgpKeys")
                .hasMessageContaining("rules[0].steps[1].signer is 'somebody': is no name of one of openpgpKeys");
    }
}
