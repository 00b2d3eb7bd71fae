package dev.slipway.ingest.openpgp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.store.Bytes;
import dev.slipway.testing.GnuPg;
import dev.slipway.testing.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that gpg makes, and files that gpg reads. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class GnuPgTest {
    /** Larger than every buffer, and compressible by half. */
    private static final byte[] CONTENT = content();

    private static GnuPg gpg;
    private static OpenPgpKey ours;
    private static OpenPgpKey rsa;
    private static OpenPgpKey nist;
    private static OpenPgpKey partner;
    private static OpenPgpKey stranger;

    private static byte[] content() {
        byte[] content = Bytes.random(7, 400_000);
        for (int i = 0; i < content.length; i += 2) {
            content[i] = '\n';
        }
        return content;
    }

    @BeforeAll
    static void makeKeys() throws Exception {
        gpg = GnuPg.create();
        gpg.generate("ours", GnuPg.Kind.CURVES);
        gpg.generate("rsa", GnuPg.Kind.RSA);
        gpg.generate("nist", GnuPg.Kind.NIST);
        gpg.generate("partner", GnuPg.Kind.CURVES);
        gpg.generate("stranger", GnuPg.Kind.CURVES);
        ours = TestKeys.secret(gpg, "ours");
        rsa = TestKeys.secret(gpg, "rsa");
        nist = TestKeys.secret(gpg, "nist");
        partner = TestKeys.publicKey(gpg, "partner");
        stranger = TestKeys.publicKey(gpg, "stranger");
    }

    @AfterAll
    static void close() {
        gpg.close();
    }

    private static byte[] gpg(byte[] input, String arguments) throws IOException, InterruptedException {
        return gpg.run(input, arguments.split(" ", -1)).success();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--compress-algo none",
                "--compress-algo zip",
                "--compress-algo zlib",
                "--compress-algo bzip2",
                "--compress-algo zlib --armor",
                "--compress-algo none --armor",
                "--compress-algo none --cipher-algo AES128",
                "--compress-algo none --cipher-algo TWOFISH",
            })
    void whatGpgEncryptsIsDecrypted(String options) throws Exception {
        byte[] file = gpg(CONTENT, options + " --encrypt -r ours");

        assertThat(TestKeys.decrypt(file, List.of(ours))).isEqualTo(CONTENT);
    }

    /** gpg ends lines of text by CR LF on the way. They stay as they come. */
    @Test
    void textStaysAsItComes() throws Exception {
        byte[] file = gpg("one\ntwo\n".getBytes(UTF_8), "--textmode --sign -u partner --encrypt -r ours");

        assertThat(TestKeys.decrypt(file, List.of(ours), partner))
                .asString(UTF_8)
                .isEqualTo("one\r\ntwo\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-r ours",
                "-r partner -r rsa -r ours",
                "-r rsa",
                "-r nist",
                "-R rsa -R ours",
                "-R stranger -R nist"
            })
    void oneOfSeveralRecipientsIsEnough(String recipients) throws Exception {
        byte[] file = gpg("content".getBytes(UTF_8), "--encrypt " + recipients);

        assertThat(TestKeys.decrypt(file, List.of(ours, rsa, nist)))
                .asString(UTF_8)
                .isEqualTo("content");
    }

    @Test
    void aFileThatIsEncryptedForOthersIsRefused() throws Exception {
        byte[] file = gpg("content".getBytes(UTF_8), "--encrypt -r partner -r stranger");
        byte[] hidden = gpg("content".getBytes(UTF_8), "--encrypt -R partner");

        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours, rsa)))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageMatching("The file is not encrypted for ours or rsa, but for [0-9A-F]{16}, [0-9A-F]{16}\\.");
        assertThatThrownBy(() -> TestKeys.decrypt(hidden, List.of(ours)))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The file is not encrypted for ours.");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "--compress-algo zip",
                "--compress-algo none",
                "--compress-algo bzip2 --armor",
                "--digest-algo SHA256"
            })
    void whoHasSignedAnEncryptedFileIsVerified(String options) throws Exception {
        byte[] file = gpg(CONTENT, options + " --sign -u partner --encrypt -r ours");

        assertThat(TestKeys.decrypt(file, List.of(ours), partner)).isEqualTo(CONTENT);
        assertThat(TestKeys.decrypt(file, List.of(ours), stranger, partner)).isEqualTo(CONTENT);
        assertThat(TestKeys.decrypt(file, List.of(ours))).isEqualTo(CONTENT);
        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours), stranger))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("is not signed by stranger, but by ");
    }

    @Test
    void oneOfSeveralSignaturesIsEnough() throws Exception {
        byte[] file = gpg(CONTENT, "--sign -u stranger -u rsa -u partner --encrypt -r ours");

        assertThat(TestKeys.decrypt(file, List.of(ours), partner)).isEqualTo(CONTENT);
        assertThat(TestKeys.decrypt(file, List.of(ours), rsa, stranger)).isEqualTo(CONTENT);
        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours), nist))
                .hasMessageContaining("not signed by nist");
    }

    @Test
    void aFileThatIsNotSignedIsRefusedIfItMustBe() throws Exception {
        byte[] file = gpg(CONTENT, "--encrypt -r ours");

        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours), partner))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The file is not signed.");
    }

    @Test
    void anOldDigestMakesASignatureWorthless() throws Exception {
        byte[] file = gpg(CONTENT, "--digest-algo SHA1 --sign -u rsa --encrypt -r ours");

        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours), rsa))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("The signature of rsa does not count");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--armor ", "--digest-algo SHA256 "})
    void aDetachedSignatureOfGpgIsVerified(String options) throws Exception {
        byte[] signature = gpg(CONTENT, options + "--detach-sign -u partner");
        byte[] other = CONTENT.clone();
        other[other.length / 2] ^= 1;

        TestKeys.verify(CONTENT, signature, partner);
        TestKeys.verify(CONTENT, signature, stranger, partner);
        assertThatThrownBy(() -> TestKeys.verify(other, signature, partner))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The signature of partner is bad: the file, or the signature, was changed.");
        assertThatThrownBy(() -> TestKeys.verify(CONTENT, signature, stranger))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("is not signed by stranger");
    }

    /** Such a signature is the same for both kinds of line ends. */
    @Test
    void aDetachedSignatureOfATextIsVerified() throws Exception {
        byte[] signature = gpg("one\ntwo\n".getBytes(UTF_8), "--textmode --detach-sign -u partner");

        TestKeys.verify("one\ntwo\n".getBytes(UTF_8), signature, partner);
        TestKeys.verify("one\r\ntwo\r\n".getBytes(UTF_8), signature, partner);
        assertThatThrownBy(() -> TestKeys.verify("one\nthree\n".getBytes(UTF_8), signature, partner))
                .hasMessageContaining("is bad");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--compress-algo zip", "--compress-algo none --armor"})
    void aSignedMessageOfGpgIsOpened(String options) throws Exception {
        byte[] file = gpg(CONTENT, options + " --sign -u partner");

        assertThat(TestKeys.open(file, partner)).isEqualTo(CONTENT);
        assertThatThrownBy(() -> TestKeys.open(file, stranger)).isInstanceOf(OpenPgpException.class);
        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours)))
                .isInstanceOf(OpenPgpException.class)
                .hasMessage("The file is not encrypted.");
    }

    @Test
    void aTextWithItsSignatureBelowIsRefused() throws Exception {
        byte[] file = gpg("text\n".getBytes(UTF_8), "--clear-sign -u partner");

        assertThatThrownBy(() -> TestKeys.open(file, partner)).hasMessageContaining("not supported");
    }

    private static byte[] encrypt(byte[] content, boolean armor, @Nullable OpenPgpKey signer, OpenPgpKey... recipients)
            throws IOException {
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        new OpenPgpWriter(file, armor, Instant.now()).encrypt(plain(content), List.of(recipients), signer);
        return file.toByteArray();
    }

    private static OpenPgpWriter.Plain plain(byte[] content) {
        return new OpenPgpWriter.Plain(new ByteArrayInputStream(content), "Bericht März.csv", Instant.EPOCH);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void gpgDecryptsWhatIsEncrypted(boolean armor) throws Exception {
        byte[] file = encrypt(CONTENT, armor, null, partner, rsa, nist);

        GnuPg.Result result = gpg.run(file, "--decrypt");

        assertThat(result.success()).isEqualTo(CONTENT);
        assertThat(result.messages()).contains("GOODMDC");
        assertThat(file[0] == '-').isEqualTo(armor);
        for (OpenPgpKey key : List.of(rsa, nist)) {
            assertThat(TestKeys.decrypt(file, List.of(key))).isEqualTo(CONTENT);
        }
        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours))).hasMessageContaining("not encrypted for ours");
    }

    @ParameterizedTest
    @ValueSource(strings = {"ours", "rsa", "nist"})
    void gpgVerifiesWhatIsSigned(String signer) throws Exception {
        OpenPgpKey key = TestKeys.secret(gpg, signer);

        GnuPg.Result encrypted = gpg.run(encrypt(CONTENT, false, key, partner), "--decrypt");
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        new OpenPgpWriter(message, true, Instant.now()).sign(plain(CONTENT), key);
        GnuPg.Result opened = gpg.run(message.toByteArray(), "--decrypt");
        ByteArrayOutputStream signature = new ByteArrayOutputStream();
        new OpenPgpWriter(signature, true, Instant.now()).signApart(new ByteArrayInputStream(CONTENT), key);
        Files.write(gpg.home().resolve("signed"), CONTENT);
        Files.write(gpg.home().resolve("signed.asc"), signature.toByteArray());
        GnuPg.Result verified = gpg.run(new byte[0], "--verify", "signed.asc", "signed");

        assertThat(encrypted.success()).isEqualTo(CONTENT);
        assertThat(encrypted.messages()).contains("GOODSIG", signer + "@example.com");
        assertThat(opened.success()).isEqualTo(CONTENT);
        assertThat(opened.messages()).contains("GOODSIG");
        verified.success();
        assertThat(verified.messages()).contains("GOODSIG");
        assertThat(TestKeys.open(message.toByteArray(), key)).isEqualTo(CONTENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 511, 65_535, 65_536, 65_537, 131_072})
    void filesOfAllSizesPass(int size) throws Exception {
        byte[] content = Bytes.random(3, size);
        byte[] file = encrypt(content, false, ours, ours, partner);

        assertThat(TestKeys.decrypt(file, List.of(ours), ours)).isEqualTo(content);
        assertThat(gpg.run(file, "--decrypt").success()).isEqualTo(content);
    }
}
