package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SmtpServer;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Rules that send mail, by a mail server that demands TLS and a login. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class RuleMailTest {
    private static SmtpServer server;

    @TempDir
    private Path directory;

    @BeforeAll
    static void listen() throws Exception {
        server = SmtpServer.start();
    }

    @AfterAll
    static void stop() throws Exception {
        server.close();
    }

    private GatewayBuilder builder(S3Bucket bucket, String recipients) {
        return RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                .set("mail.host", "localhost")
                .set("mail.port", Integer.toString(server.startTlsPort()))
                .set("mail.caFile", server.certificate().toString())
                .set("mail.username", server.user())
                .set("mail.password", server.password())
                .set("mail.from", "slipway@example.com")
                .set("rules[0].name", "arrival")
                .set("rules[0].steps[0].action", "mail")
                .set("rules[0].steps[0].recipients", recipients)
                .set("rules[0].steps[0].subject", "Neu für Müller: {name}")
                .set("rules[0].steps[0].message", "{name} came from {account}.\n.\nEnd");
    }

    private void upload(Gateway gateway, String name) throws Exception {
        Path file = Files.writeString(directory.resolve("content"), "content");
        Protocol.SFTP
                .upload(Protocol.ListenPorts.of(gateway), file, name, Protocol.UNLIMITED)
                .run(Patience.LIMIT)
                .assertSuccess();
    }

    private static Job ended(Gateway gateway) throws InterruptedException {
        Patience.await(
                "the job ends",
                () -> gateway.jobs().list(JobFilter.in(Set.of(), 10)).stream()
                        .anyMatch(job -> job.state().isEnd()));
        return gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst();
    }

    private static String mailTo(String recipients) throws Exception {
        return server.mails().stream()
                .filter(mail -> mail.startsWith("To: " + recipients + "\r\n"))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void aFileIsReportedByMail(S3Bucket bucket) throws Exception {
        try (Gateway gateway =
                builder(bucket, "anna@example.com, bert@example.com").start()) {
            upload(gateway, "march.csv");
            Job job = ended(gateway);

            assertThat(job.message()).isEqualTo("1 step of rule arrival");
            assertThat(mailTo("anna@example.com, bert@example.com"))
                    .contains(
                            "From: slipway@example.com\r\n",
                            "Message-ID: <" + job.id() + "-1@example.com>\r\n",
                            "Auto-Submitted: auto-generated\r\n",
                            // Neu für Müller: march.csv
                            "Subject: =?UTF-8?Q?Neu_f=C3=BCr_M=C3=BCller:_march.csv?=\r\n",
                            "\r\n\r\nmarch.csv came from " + Protocol.USER + ".\r\n.\r\nEnd");
        }
    }

    @Test
    void aRuleThatSendsMailNeedsAServer(S3Bucket bucket) {
        assertThatThrownBy(() -> RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("rules[0].name", "arrival")
                        .set("rules[0].steps[0].action", "mail")
                        .set("rules[0].steps[0].recipients", "anna@example.com")
                        .set("rules[0].steps[0].subject", "{name}")
                        .start())
                .hasMessageContaining("rules[0].steps[0].action")
                .hasMessageContaining("requires mail.host");
    }

    @Test
    void aServerMayBeginWithTls(S3Bucket bucket) throws Exception {
        try (Gateway gateway = builder(bucket, "tls@example.com")
                .set("mail.port", Integer.toString(server.tlsPort()))
                .set("mail.security", "implicit")
                .start()) {
            upload(gateway, "march.csv");

            assertThat(ended(gateway).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(mailTo("tls@example.com")).contains("Subject: =?UTF-8?Q?Neu");
        }
    }

    @Test
    void aRecipientThatIsRefusedFailsTheJobAtOnceAndNobodyGetsTheMail(S3Bucket bucket) throws Exception {
        try (Gateway gateway =
                builder(bucket, "carl@example.com, nobody@example.com").start()) {
            upload(gateway, "march.csv");
            Job job = ended(gateway);

            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.attempt()).isEqualTo(1);
            assertThat(job.message()).contains("step 1, mail: the mail server localhost: ", "550 5.1.1");
            assertThat(server.mails()).noneMatch(mail -> mail.contains("carl@example.com"));
        }
    }

    @Test
    void aWrongPasswordFailsTheJobAtOnceAndIsNotShown(S3Bucket bucket) throws Exception {
        try (Gateway gateway = builder(bucket, "dora@example.com")
                .set("mail.password", "wrong-password-of-mail")
                .start()) {
            upload(gateway, "march.csv");
            Job job = ended(gateway);

            assertThat(job.state()).isEqualTo(JobState.FAILED);
            assertThat(job.attempt()).isEqualTo(1);
            assertThat(job.message()).contains("535").doesNotContain("wrong-password");
        }
    }

    @Test
    void aServerThatIsBusyIsTriedAgain(S3Bucket bucket) throws Exception {
        server.setBusy(true);
        try (Gateway gateway = builder(bucket, "emil@example.com").start()) {
            upload(gateway, "march.csv");
            Patience.await(
                    "it is to be tried again",
                    () -> gateway.jobs().list(JobFilter.in(Set.of(JobState.RETRYING), 10)).stream()
                            .anyMatch(job -> job.message().contains("451 4.3.0")));
            server.setBusy(false);
            Job job = gateway.jobs().list(JobFilter.in(Set.of(), 10)).getFirst();
            assertThat(gateway.jobs().retry(job.id())).isTrue();

            assertThat(ended(gateway).state()).isEqualTo(JobState.SUCCEEDED);
            assertThat(mailTo("emil@example.com")).contains("Message-ID: <" + job.id() + "-1@example.com>");
        }
    }

    /** Its certificate is that of nobody who is trusted. */
    @Test
    void aServerThatCannotBeVerifiedGetsNothing(S3Bucket bucket) throws Exception {
        try (Gateway gateway = builder(bucket, "fritz@example.com")
                .set("mail.caFile", otherCertificate().toString())
                .start()) {
            upload(gateway, "march.csv");
            Patience.await(
                    "it is to be tried again",
                    () -> !gateway.jobs()
                            .list(JobFilter.in(Set.of(JobState.RETRYING), 10))
                            .isEmpty());

            assertThat(server.mails()).noneMatch(mail -> mail.contains("fritz@example.com"));
        }
    }

    private static Path otherCertificate() throws Exception {
        try (SmtpServer other = SmtpServer.start()) {
            return Files.copy(
                    other.certificate(),
                    Files.createTempDirectory("slipway-other").resolve("ca.pem"));
        }
    }
}
