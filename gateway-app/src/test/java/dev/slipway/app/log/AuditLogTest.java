package dev.slipway.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.CommandRun;
import dev.slipway.core.event.GatewayEvent.Done;
import dev.slipway.core.event.GatewayEvent.Downloaded;
import dev.slipway.core.event.GatewayEvent.Failed;
import dev.slipway.core.event.GatewayEvent.LoggedIn;
import dev.slipway.core.event.GatewayEvent.LoggedOut;
import dev.slipway.core.event.GatewayEvent.LoginFailed;
import dev.slipway.core.event.GatewayEvent.Renamed;
import dev.slipway.core.event.GatewayEvent.SessionRefused;
import dev.slipway.core.event.GatewayEvent.Uploaded;
import dev.slipway.core.event.LoginMethod;
import dev.slipway.core.event.Operation;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.event.StoredObject;
import dev.slipway.core.event.UserCertificate;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/** The audit lines that operators search, count and process. */
class AuditLogTest {
    private static final Instant NOW = Instant.parse("2026-11-21T06:00:00Z");
    private static final InetAddress ADDRESS = InetAddress.ofLiteral("192.0.2.7");
    private static final Client CLIENT = new Client("17", Protocol.SFTP, ADDRESS, "anna");

    private static String line(GatewayEvent event) {
        return AuditLog.entry(event).toString();
    }

    @Test
    void sessions() {
        assertThat(line(new LoggedIn(NOW, CLIENT)))
                .isEqualTo("event=login protocol=sftp address=192.0.2.7 account=anna session=17");
        assertThat(line(new LoggedIn(NOW, CLIENT, new UserCertificate("anna's laptop", "7", "SHA256:abc"))))
                .isEqualTo("event=login protocol=sftp address=192.0.2.7 account=anna session=17"
                        + " certificate=\"anna's laptop\" serial=7 authority=SHA256:abc");
        assertThat(line(new LoggedOut(NOW, CLIENT, Duration.ofMillis(1500))))
                .isEqualTo("event=logout protocol=sftp address=192.0.2.7 account=anna session=17 ms=1500");
        assertThat(line(new LoginFailed(NOW, Protocol.FTPS, ADDRESS, "anna", LoginMethod.PUBLIC_KEY)))
                .isEqualTo("event=login-failed protocol=ftps address=192.0.2.7 account=anna method=public-key");
        assertThat(line(new SessionRefused(NOW, Protocol.FTPS, InetAddress.ofLiteral("2001:db8::1"), "anna")))
                .isEqualTo("event=session-refused protocol=ftps address=2001:db8:0:0:0:0:0:1 account=anna");
    }

    /** Without a login, a client could otherwise fill the disk many times as fast. */
    @Test
    void namesThatNobodyHasAreShortened() {
        assertThat(line(new LoginFailed(NOW, Protocol.SFTP, ADDRESS, "x".repeat(30_000), LoginMethod.PASSWORD)))
                .isEqualTo("event=login-failed protocol=sftp address=192.0.2.7 account=" + "x".repeat(255)
                        + "... method=password");
    }

    @Test
    void commands() {
        assertThat(line(new CommandRun(NOW, "anna", CLIENT, "account list", 0, Duration.ofMillis(3))))
                .isEqualTo("event=command protocol=sftp address=192.0.2.7 account=anna session=17"
                        + " command=\"account list\" status=0 ms=3");
        assertThat(line(new CommandRun(NOW, "root", null, "jobs", 2, Duration.ofMillis(3))))
                .isEqualTo("event=command protocol=local user=root command=jobs status=2 ms=3");
    }

    @Test
    void fileOperations() throws Exception {
        VirtualPath path = VirtualPath.parse("/in/a.txt");
        String who = " protocol=sftp address=192.0.2.7 account=anna session=17 path=/in/a.txt ";
        StoredObject object = new StoredObject("files", "anna/in/a.txt", "9a0364b9e99bb480dd25e1f0284c8555", "v1", 10);
        assertThat(line(new Uploaded(NOW, CLIENT, path, object, Duration.ofMillis(42))))
                .isEqualTo("event=upload" + who + "outcome=ok bytes=10 ms=42 bucket=files key=anna/in/a.txt"
                        + " etag=9a0364b9e99bb480dd25e1f0284c8555 version=v1");
        StoredObject unnamed = new StoredObject("files", "anna/in/a.txt", "", null, 10);
        assertThat(line(new Uploaded(NOW, CLIENT, path, unnamed, Duration.ofMillis(42))))
                .isEqualTo("event=upload" + who + "outcome=ok bytes=10 ms=42 bucket=files key=anna/in/a.txt");
        assertThat(line(new Downloaded(NOW, CLIENT, path, 10, Duration.ofMillis(42))))
                .isEqualTo("event=download" + who + "outcome=ok bytes=10 ms=42");
        assertThat(line(new Renamed(NOW, CLIENT, path, VirtualPath.parse("/in/b c.txt"))))
                .isEqualTo("event=rename" + who + "outcome=ok to=\"/in/b c.txt\"");
        assertThat(line(new Done(NOW, CLIENT, Operation.MAKE_DIRECTORY, path)))
                .isEqualTo("event=mkdir" + who + "outcome=ok");
        assertThat(line(new Failed(NOW, CLIENT, Operation.DELETE, path, Failure.PERMISSION_DENIED, "No \"delete\".")))
                .isEqualTo("event=delete" + who
                        + "outcome=failed failure=permission-denied reason=\"No \\\"delete\\\".\"");
    }

    @Test
    void jobsAndMessages() {
        assertThat(line(new GatewayEvent.JobEnded(
                        NOW,
                        "job-1",
                        false,
                        "CANCELLED",
                        "not wanted",
                        "media:a b.mxf",
                        "vault:/in/",
                        10,
                        Duration.ofMillis(42),
                        2,
                        "amqp",
                        "7")))
                .isEqualTo("event=job outcome=failed job=job-1 state=cancelled bytes=10 ms=42 attempts=2 submitter=amqp"
                        + " correlation=7 source=\"media:a b.mxf\" to=vault:/in/ reason=\"not wanted\"");
        assertThat(line(new GatewayEvent.MessageRefused(NOW, "orders", "7", "no source")))
                .isEqualTo("event=message outcome=failed queue=orders correlation=7 reason=\"no source\"");
    }

    @Test
    void scansSayWhatWasFound() throws Exception {
        VirtualPath path = VirtualPath.parse("/in/a.zip");
        assertThat(line(new GatewayEvent.Scanned(NOW, "anna", CLIENT, path, ScanResult.INFECTED, "Some.Virus", false)))
                .startsWith("event=scan ")
                .endsWith(" path=/in/a.zip outcome=failed result=infected reason=Some.Virus");
        assertThat(line(new GatewayEvent.Scanned(NOW, "pull:x", null, path, ScanResult.CLEAN, "", true)))
                .isEqualTo("event=scan account=pull:x path=/in/a.zip outcome=ok result=clean");
    }

    /** Names must not be able to forge lines or fields, or control a terminal. */
    @Test
    void namesForgeNothing() throws Exception {
        assertThat(line(new LoginFailed(
                        NOW,
                        Protocol.FTPS,
                        ADDRESS,
                        "x method=password\nevent=login address=10.0.0.1",
                        LoginMethod.PASSWORD)))
                .isEqualTo("event=login-failed protocol=ftps address=192.0.2.7"
                        + " account=\"x method=password\\nevent=login address=10.0.0.1\" method=password");
        assertThat(line(new LoginFailed(NOW, Protocol.FTPS, ADDRESS, "", LoginMethod.PASSWORD)))
                .contains("account=\"\" ");
        String name = "/\" x\\\u001b[2J\u0085\u2028\u202e\u200bé日\ud83d\ude00";
        assertThat(line(new Done(NOW, CLIENT, Operation.DELETE, VirtualPath.parse(name))))
                .contains("path=\"/\\\" x\\\\\\u001b[2J\\u0085\\u2028\\u202e\\u200bé日\ud83d\ude00\" ");
        assertThat(line(new LoginFailed(NOW, Protocol.FTPS, ADDRESS, "half \ud83d", LoginMethod.PASSWORD)))
                .contains("account=\"half \\ud83d\"");
    }
}
