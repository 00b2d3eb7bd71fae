package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.LoginMethod;
import dev.slipway.core.event.UserCertificate;
import dev.slipway.testing.ClientCommand;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPairGenerator;
import java.security.spec.RSAKeyGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Logins with certificates made by OpenSSH's ssh-keygen, with OpenSSH's sftp. The account anna accepts certificates
 * with its own name, the account team those with the principals ops or deploy.
 */
@S3Store
class SshCertificatesTest {
    private static final Duration LIMIT = Patience.LIMIT;

    @TempDir
    private Path folder;

    private final List<GatewayEvent> events = new CopyOnWriteArrayList<>();
    private Gateway gateway;
    private Path authority;
    private Path revoked;

    @BeforeEach
    void start(S3Bucket bucket) throws Exception {
        authority = key("ca", "ed25519");
        revoked = Files.writeString(folder.resolve("revoked"), "# nothing yet\n");
        Path keys = Files.copy(pub(authority), folder.resolve("trusted"));
        gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, folder)
                .set("accounts[0].name", "anna")
                .set("accounts[1].name", "team")
                .set("accounts[1].principals", "ops, deploy")
                .set("sftp.trustedUserCaFile", keys.toString())
                .set("sftp.revokedKeys", revoked.toString())
                .onEvent(events::add)
                .start();
        assertThat(gateway.awaitReady(LIMIT)).isTrue();
    }

    @AfterEach
    void stop() {
        gateway.close();
    }

    private static Path pub(Path key) {
        return key.resolveSibling(key.getFileName() + ".pub");
    }

    private static Path certificate(Path key) {
        return key.resolveSibling(key.getFileName() + "-cert.pub");
    }

    private Path key(String name, String type) throws InterruptedException {
        Path key = folder.resolve(name);
        Clients.command("ssh-keygen", "-q", "-t", type, "-N", "", "-C", name, "-f", key.toString())
                .run(LIMIT)
                .assertSuccess();
        return key;
    }

    /** Signs a user certificate with the serial number 7 and the key id "anna's laptop", unless the options differ. */
    private void sign(Path by, Path key, String... options) throws InterruptedException {
        List<String> arguments = new ArrayList<>(List.of("-q", "-s", by.toString(), "-I", "anna's laptop", "-z", "7"));
        arguments.addAll(List.of(options));
        arguments.add(pub(key).toString());
        Clients.command("ssh-keygen", arguments.toArray(String[]::new))
                .run(LIMIT)
                .assertSuccess();
    }

    private Path signed(String... options) throws InterruptedException {
        Path key = key("user", "ed25519");
        sign(authority, key, options);
        return key;
    }

    private ClientCommand client(String program, Path key, String... arguments) throws IOException {
        List<String> all = new ArrayList<>(List.of("-F", "none"));
        for (String option : List.of(
                "BatchMode=yes",
                "StrictHostKeyChecking=no",
                "UserKnownHostsFile=/dev/null",
                "IdentitiesOnly=yes",
                "PreferredAuthentications=publickey",
                "IdentityFile=" + key)) {
            all.addAll(List.of("-o", option));
        }
        if (Files.exists(certificate(key))) {
            all.addAll(List.of("-o", "CertificateFile=" + certificate(key)));
        }
        all.addAll(List.of(
                program.equals("ssh") ? "-p" : "-P",
                Integer.toString(gateway.sftpPort().orElseThrow())));
        all.addAll(List.of(arguments));
        return Clients.command(program, all.toArray(String[]::new));
    }

    private ClientCommand sftp(String account, Path key) throws IOException {
        return client("sftp", key, "-b", "-", account + "@127.0.0.1").input("ls\n");
    }

    private void assertRefused(String account, Path key) throws Exception {
        events.clear();
        sftp(account, key).run(LIMIT).assertFailure();
        assertThat(events).noneMatch(GatewayEvent.LoggedIn.class::isInstance);
        assertThat(events)
                .filteredOn(event ->
                        event instanceof GatewayEvent.LoginFailed failed && failed.method() == LoginMethod.CERTIFICATE)
                .isNotEmpty();
    }

    /** Paramiko offers certificates without checking them; OpenSSH's clients do not offer invalid ones. */
    private ClientCommand paramiko(Path key) {
        return Clients.command(
                "python3",
                "-c",
                """
                import paramiko, sys
                key = paramiko.Ed25519Key.from_private_key_file(sys.argv[1])
                key.load_certificate(sys.argv[1] + "-cert.pub")
                transport = paramiko.Transport(("127.0.0.1", int(sys.argv[2])))
                transport.start_client(timeout=240)
                try:
                    left = transport.auth_publickey("anna", key)
                    sys.exit("not yet" if left else 0)
                finally:
                    transport.close()
                """,
                key.toString(),
                Integer.toString(gateway.sftpPort().orElseThrow()));
    }

    private void assertParamikoIsRefused(Path key) throws Exception {
        events.clear();
        paramiko(key).run(LIMIT).assertFailure();
        assertThat(events).noneMatch(GatewayEvent.LoggedIn.class::isInstance);
        assertThat(events)
                .filteredOn(event ->
                        event instanceof GatewayEvent.LoginFailed failed && failed.method() == LoginMethod.CERTIFICATE)
                .isNotEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ed25519", "ecdsa", "rsa"})
    void aCertificateLogsInToTheAccountThatItNames(String type) throws Exception {
        Path key = key("user", type);
        sign(authority, key, "-n", "otto,anna");

        sftp("anna", key).run(LIMIT).assertSuccess();

        String fingerprint = Clients.command("ssh-keygen", "-lf", pub(authority).toString())
                .run(LIMIT)
                .assertSuccess()
                .stdout()
                .split(" ", -1)[1];
        assertThat(events)
                .filteredOn(GatewayEvent.LoggedIn.class::isInstance)
                .singleElement()
                .satisfies(event -> assertThat(((GatewayEvent.LoggedIn) event).certificate())
                        .isEqualTo(new UserCertificate("anna's laptop", "7", fingerprint)));
    }

    @Test
    void anAccountMayHaveOtherPrincipalsThanItsName() throws Exception {
        Path key = signed("-n", "deploy");
        sftp("team", key).run(LIMIT).assertSuccess();
        assertRefused("anna", key);

        sign(authority, key, "-n", "team");
        assertRefused("team", key);
    }

    /** A signature by such a key takes long to verify, and any client could name one of its own as its CA's. */
    @Test
    void aCertificateAuthorityWithALongExponentIsRejected() throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA", "SunRsaSign");
        generator.initialize(
                new RSAKeyGenParameterSpec(2048, BigInteger.TWO.pow(101).nextProbablePrime()));
        byte[] encoded = generator.generateKeyPair().getPrivate().getEncoded();
        Path rsa = Files.writeString(
                folder.resolve("rsa"),
                "-----BEGIN PRIVATE KEY-----\n" + Base64.getMimeEncoder().encodeToString(encoded)
                        + "\n-----END PRIVATE KEY-----\n");
        Files.setPosixFilePermissions(rsa, PosixFilePermissions.fromString("rw-------"));
        Files.writeString(
                pub(rsa),
                Clients.command("ssh-keygen", "-y", "-f", rsa.toString())
                        .run(LIMIT)
                        .assertSuccess()
                        .stdout());
        Files.copy(pub(rsa), folder.resolve("trusted"), StandardCopyOption.REPLACE_EXISTING);
        Path key = key("user", "ed25519");
        sign(rsa, key, "-n", "anna");

        assertRefused("anna", key);
    }

    @Test
    void aCertificateWithoutPrincipalsIsRejected() throws Exception {
        assertRefused("anna", signed());
    }

    @Test
    void theKeyOfACertificateDoesNotLogInWithoutIt() throws Exception {
        Path key = signed("-n", "anna");
        Files.delete(certificate(key));

        sftp("anna", key).run(LIMIT).assertFailure();
    }

    @ParameterizedTest
    @ValueSource(strings = {"-2w:-1w", "+1w:+2w"})
    void aCertificateIsAcceptedOnlyDuringItsValidity(String validity) throws Exception {
        assertRefused("anna", signed("-n", "anna", "-V", validity));
    }

    @Test
    void aCertificateOfAnUnknownAuthorityIsRefused() throws Exception {
        Path key = key("user", "ed25519");
        sign(key("other", "ed25519"), key, "-n", "anna");

        assertRefused("anna", key);
    }

    @Test
    void aHostCertificateIsRefused() throws Exception {
        Path key = signed("-n", "anna");
        paramiko(key).run(LIMIT).assertSuccess();

        sign(authority, key, "-h", "-n", "anna");
        assertParamikoIsRefused(key);
    }

    @Test
    void aModifiedCertificateIsRefused() throws Exception {
        Path key = signed("-n", "otto");
        String[] words = Files.readString(certificate(key)).split(" ", -1);
        byte[] blob = Base64.getDecoder().decode(words[1]);
        String text = new String(blob, StandardCharsets.ISO_8859_1);
        byte[] name = "anna".getBytes(StandardCharsets.ISO_8859_1);
        System.arraycopy(name, 0, blob, text.lastIndexOf("otto"), name.length);
        Files.writeString(certificate(key), words[0] + " " + Base64.getEncoder().encodeToString(blob) + " changed\n");

        assertParamikoIsRefused(key);
    }

    @Test
    void aCertificateMayBeBoundToAddresses() throws Exception {
        Path key = signed("-n", "anna", "-O", "source-address=192.0.2.0/24,127.0.0.0/8");
        sftp("anna", key).run(LIMIT).assertSuccess();

        sign(authority, key, "-n", "anna", "-O", "source-address=192.0.2.0/24");
        assertRefused("anna", key);
    }

    @Test
    void aCertificateWithForcedSftpAllowsOnlySftp() throws Exception {
        Path key = signed("-n", "anna");
        Path file = Files.writeString(folder.resolve("file"), "text");
        client("sftp", key, "-b", "-", "anna@127.0.0.1")
                .input("put " + file + " file\n")
                .run(LIMIT)
                .assertSuccess();
        client("ssh", key, "anna@127.0.0.1", "md5sum", "/file").run(LIMIT).assertSuccess();

        sign(authority, key, "-n", "anna", "-O", "force-command=internal-sftp");
        sftp("anna", key).run(LIMIT).assertSuccess();
        client("ssh", key, "anna@127.0.0.1", "md5sum", "/file").run(LIMIT).assertFailure();

        sign(authority, key, "-n", "anna", "-O", "force-command=/bin/true");
        assertRefused("anna", key);
    }

    @ParameterizedTest
    @ValueSource(strings = {"verify-required", "critical:what@example.com=1"})
    void unsupportedCriticalOptionsRejectACertificate(String option) throws Exception {
        assertRefused("anna", signed("-n", "anna", "-O", option));
    }

    @Test
    void extensionsAreIgnored() throws Exception {
        sftp("anna", signed("-n", "anna", "-O", "extension:what@example.com=1"))
                .run(LIMIT)
                .assertSuccess();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"serial: 7", "serial: 5-9", "id: anna's laptop", "KEY", "key: KEY", "sha256: FINGERPRINT", "CA"})
    void revokedKeysAndCertificatesAreRejected(String line) throws Exception {
        Path key = signed("-n", "anna");
        sftp("anna", key).run(LIMIT).assertSuccess();
        String fingerprint = Clients.command("ssh-keygen", "-lf", pub(key).toString())
                .run(LIMIT)
                .assertSuccess()
                .stdout()
                .split(" ", -1)[1];

        // The next session uses it, without a restart.
        Files.writeString(
                revoked,
                line.replace("KEY", Files.readString(pub(key)).strip())
                                .replace("CA", Files.readString(pub(authority)).strip())
                                .replace("FINGERPRINT", fingerprint)
                        + "\n");

        assertRefused("anna", key);
    }

    @Test
    void aPlainKeyThatIsRevokedIsAFailedLogin() throws Exception {
        Path key = key("user", "ed25519");
        Files.copy(pub(key), revoked, StandardCopyOption.REPLACE_EXISTING);
        events.clear();

        sftp("anna", key).run(LIMIT).assertFailure();

        assertThat(events)
                .filteredOn(GatewayEvent.LoginFailed.class::isInstance)
                .singleElement()
                .satisfies(event ->
                        assertThat(((GatewayEvent.LoginFailed) event).method()).isEqualTo(LoginMethod.PUBLIC_KEY));
    }

    @Test
    void authoritiesAreReloadedWhenTheirFileChanges() throws Exception {
        Path other = key("other", "ecdsa");
        Path key = key("user", "ed25519");
        sign(other, key, "-n", "anna");
        assertRefused("anna", key);

        Files.copy(pub(other), folder.resolve("trusted"), StandardCopyOption.REPLACE_EXISTING);

        sftp("anna", key).run(LIMIT).assertSuccess();
    }

    /** RSA authorities now sign with SHA-512, and formerly signed with SHA-1. */
    @Test
    void anAuthorityThatSignsWithSha1IsRefused() throws Exception {
        Path rsa = key("rsa-ca", "rsa");
        Files.copy(pub(rsa), folder.resolve("trusted"), StandardCopyOption.REPLACE_EXISTING);
        Path key = key("user", "ed25519");
        sign(rsa, key, "-n", "anna", "-t", "rsa-sha2-512");
        sftp("anna", key).run(LIMIT).assertSuccess();

        sign(rsa, key, "-n", "anna", "-t", "ssh-rsa");
        sftp("anna", key).run(LIMIT).assertFailure();
    }
}
