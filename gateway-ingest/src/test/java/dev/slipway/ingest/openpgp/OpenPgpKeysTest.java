package dev.slipway.ingest.openpgp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Secret;
import dev.slipway.testing.GnuPg;
import dev.slipway.testing.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Keys as gpg exports them, and what may be done with them. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class OpenPgpKeysTest {
    /** Before now, and while the key that expires was valid. */
    private static final String EARLIER = "--faked-system-time=20240101T000000";

    private static GnuPg gpg;

    @TempDir
    private Path folder;

    @BeforeAll
    static void makeKeys() throws Exception {
        gpg = GnuPg.create();
        gpg.generate("ours", GnuPg.Kind.CURVES);
        gpg.generate("signer", GnuPg.Kind.SIGNS_ONLY);
        gpg.generate("old", GnuPg.Kind.CURVES, "10d", EARLIER);
        gpg.generate("lost", GnuPg.Kind.CURVES);
    }

    @AfterAll
    static void close() {
        gpg.close();
    }

    private List<String> problems(OpenPgpKeySettings... settings) {
        List<Problem> problems = new ArrayList<>();
        OpenPgpKeys _ = OpenPgpKeys.read(List.of(settings), problems);
        return problems.stream().map(Problem::toString).toList();
    }

    private OpenPgpKeySettings file(String name, byte[] content, @Nullable String passphrase) throws Exception {
        Path file = Files.write(folder.resolve(name), content);
        return new OpenPgpKeySettings(name, file, null, passphrase == null ? null : new Secret(passphrase));
    }

    @Test
    void keysOfAllFormsAreRead() throws Exception {
        byte[] binary =
                gpg.run(new byte[0], "--export-secret-keys", "ours@example.com").success();
        byte[] subkeys = gpg.run(new byte[0], "--export-secret-subkeys", "ours@example.com")
                .success();

        assertThat(problems(
                        file("public", gpg.publicKey("ours"), null),
                        file("armored", gpg.publicKey("ours", "--armor"), null),
                        file("secret", gpg.secretKey("ours"), GnuPg.PASSPHRASE),
                        file("binary", binary, GnuPg.PASSPHRASE),
                        file("subkeys", subkeys, GnuPg.PASSPHRASE),
                        new OpenPgpKeySettings(
                                "inline",
                                null,
                                new Secret(new String(gpg.secretKey("ours"), UTF_8)),
                                new Secret(GnuPg.PASSPHRASE))))
                .isEmpty();
        assertThat(OpenPgpKey.read("subkeys", subkeys, GnuPg.PASSPHRASE.toCharArray())
                        .problem(KeyUse.Purpose.DECRYPT, Instant.now()))
                .isEmpty();
    }

    @Test
    void mistakesInKeysAreReportedWithoutSecrets() throws Exception {
        byte[] both = gpg.run(new byte[0], "--export", "ours@example.com", "signer@example.com")
                .success();

        List<String> problems = problems(
                file("wrong", gpg.secretKey("ours"), "a wrong passphrase"),
                file("missing", gpg.secretKey("ours"), null),
                file("needless", gpg.publicKey("ours"), "a needless passphrase"),
                file("several", both, null),
                file("text", "not a key".getBytes(UTF_8), null),
                file("empty", new byte[0], null),
                file("cut", Arrays.copyOf(gpg.publicKey("ours"), 40), null),
                file("large", new byte[2 << 20], null),
                new OpenPgpKeySettings("absent", folder.resolve("nowhere"), null, null));

        assertThat(problems).hasSize(9);
        assertThat(problems.get(0)).startsWith("openpgpKeys[0].file").contains("the passphrase is wrong");
        assertThat(problems.get(1)).contains("needs the setting passphrase");
        assertThat(problems.get(2)).contains("is a public key, which has no passphrase");
        assertThat(problems.get(3)).contains("has 2 keys");
        assertThat(problems.get(4)).contains("is no key of OpenPGP");
        assertThat(problems.get(5)).contains("is no key of OpenPGP");
        assertThat(problems.get(6)).contains("is no key of OpenPGP");
        assertThat(problems.get(7)).contains("larger than 1 MiB");
        assertThat(problems.get(8)).contains("cannot be read");
        assertThat(String.join("", problems)).doesNotContain("a wrong passphrase", "a needless passphrase");
    }

    private static String problem(OpenPgpKey key, KeyUse.Purpose purpose) {
        return key.problem(purpose, Instant.now()).orElse("none");
    }

    @Test
    void whatAKeyCannotDoIsSaid() throws Exception {
        OpenPgpKey ours = TestKeys.publicKey(gpg, "ours");
        OpenPgpKey signer = TestKeys.secret(gpg, "signer");
        OpenPgpKey old = TestKeys.secret(gpg, "old");

        assertThat(problem(ours, KeyUse.Purpose.ENCRYPT)).isEqualTo("none");
        assertThat(problem(ours, KeyUse.Purpose.VERIFY)).isEqualTo("none");
        assertThat(problem(ours, KeyUse.Purpose.DECRYPT)).isEqualTo("is a public key; a secret key is needed");
        assertThat(problem(ours, KeyUse.Purpose.SIGN)).isEqualTo("is a public key; a secret key is needed");
        assertThat(problem(signer, KeyUse.Purpose.SIGN)).isEqualTo("none");
        assertThat(problem(signer, KeyUse.Purpose.ENCRYPT)).isEqualTo("has no key that can encrypt");
        assertThat(problem(signer, KeyUse.Purpose.DECRYPT)).isEqualTo("has no key that can decrypt");
        assertThat(problem(old, KeyUse.Purpose.ENCRYPT)).isEqualTo("expired on 2024-01-11");
        assertThat(problem(old, KeyUse.Purpose.SIGN)).isEqualTo("expired on 2024-01-11");
        assertThat(problem(old, KeyUse.Purpose.VERIFY)).isEqualTo("expired on 2024-01-11");
        // What was encrypted before can be read.
        assertThat(problem(old, KeyUse.Purpose.DECRYPT)).isEqualTo("none");
    }

    @Test
    void filesOfAKeyThatHasExpired() throws Exception {
        byte[] content = "content".getBytes(UTF_8);
        OpenPgpKey ours = TestKeys.secret(gpg, "ours");
        OpenPgpKey old = TestKeys.secret(gpg, "old");
        byte[] encrypted =
                gpg.run(content, EARLIER, "--encrypt", "-r", "old@example.com").success();
        byte[] signature = gpg.run(content, EARLIER, "--detach-sign", "-u", "old@example.com")
                .success();

        assertThat(TestKeys.decrypt(encrypted, List.of(ours, old))).isEqualTo(content);
        assertThatThrownBy(() -> TestKeys.verify(content, signature, old))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The signature of old does not count: the key expired on 2024-01-11.");
    }

    @Test
    void filesOfAKeyThatWasRevoked() throws Exception {
        byte[] content = "content".getBytes(UTF_8);
        byte[] signature =
                gpg.run(content, "--detach-sign", "-u", "lost@example.com").success();
        TestKeys.verify(content, signature, TestKeys.publicKey(gpg, "lost"));
        gpg.revoke("lost");
        OpenPgpKey lost = TestKeys.publicKey(gpg, "lost");

        assertThat(problem(lost, KeyUse.Purpose.ENCRYPT)).isEqualTo("was revoked");
        assertThatThrownBy(() -> TestKeys.verify(content, signature, lost))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The signature of lost does not count: the key was revoked.");
    }

    /** With the clock of the gateway, somebody's is compared. */
    @Test
    void aSignatureOfTheFutureDoesNotCount() throws Exception {
        byte[] content = "content".getBytes(UTF_8);
        byte[] signature = gpg.run(
                        content,
                        "--faked-system-time=" + (Instant.now().getEpochSecond() + 90_000),
                        "--detach-sign",
                        "-u",
                        "ours@example.com")
                .success();

        assertThatThrownBy(() -> TestKeys.verify(content, signature, TestKeys.publicKey(gpg, "ours")))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("which is in the future");
    }
}
