package dev.slipway.ingest.openpgp;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.GnuPg;
import dev.slipway.testing.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import org.bouncycastle.bcpg.AEADAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPLiteralDataGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPGPDataEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPublicKeyKeyEncryptionMethodGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that were changed or cut after they were made. What comes out of them must not be taken for genuine. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class DamagedFilesTest {
    private static GnuPg gpg;
    private static OpenPgpKey ours;

    @BeforeAll
    static void makeKeys() throws Exception {
        gpg = GnuPg.create();
        gpg.generate("ours", GnuPg.Kind.CURVES);
        ours = TestKeys.secret(gpg, "ours");
    }

    @AfterAll
    static void close() {
        gpg.close();
    }

    /** How the contents are protected. */
    enum Protection {
        NONE,
        MDC,
        /** As GnuPG does it for its own keys. */
        OCB,
        /** As RFC 9580 does it. */
        AEAD
    }

    private static byte[] encrypt(byte[] content, Protection protection) throws Exception {
        BcPGPDataEncryptorBuilder cipher = new BcPGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256);
        switch (protection) {
            case NONE -> cipher.setWithIntegrityPacket(false);
            case MDC -> cipher.setWithIntegrityPacket(true);
            // In pieces of 64 bytes, which is 2 to the power of 6.
            case OCB -> cipher.setWithAEAD(AEADAlgorithmTags.OCB, 6).setUseV5AEAD();
            case AEAD -> cipher.setWithAEAD(AEADAlgorithmTags.OCB, 6).setUseV6AEAD();
        }
        PGPEncryptedDataGenerator encryption = new PGPEncryptedDataGenerator(cipher);
        encryption.addMethod(new BcPublicKeyKeyEncryptionMethodGenerator(
                ours.encryptionKey(Instant.now()).orElseThrow().getPGPPublicKey()));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (OutputStream encrypted = encryption.open(file, new byte[512])) {
            try (OutputStream literal = new PGPLiteralDataGenerator()
                    .open(encrypted, PGPLiteralData.BINARY, "name", Date.from(Instant.EPOCH), new byte[512])) {
                literal.write(content);
            }
        }
        return file.toByteArray();
    }

    @ParameterizedTest
    @EnumSource(value = Protection.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void everyWayOfProtectionIsRead(Protection protection) throws Exception {
        for (int size : new int[] {0, 1, 64, 128, 1000, 100_000}) {
            byte[] content = Bytes.random(1, size);

            assertThat(TestKeys.decrypt(encrypt(content, protection), List.of(ours)))
                    .as(size + " bytes")
                    .isEqualTo(content);
        }
    }

    @Test
    void aFileWithoutProtectionIsRefused() throws Exception {
        byte[] file = encrypt("content".getBytes(UTF_8), Protection.NONE);

        assertThatThrownBy(() -> TestKeys.decrypt(file, List.of(ours)))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("without protection against changes");
    }

    private static void requireRefused(byte[] file, String what, byte[] content) {
        try {
            // Some bytes mean nothing, such as the old form of a length; but nothing else may come out.
            assertThat(TestKeys.decrypt(file, List.of(ours), ours)).as(what).isEqualTo(content);
        } catch (OpenPgpException e) {
            assertThat(e.getMessage()).as(what).isNotBlank().doesNotContain("Exception", "null");
        } catch (IOException e) {
            throw new AssertionError(what + " leads to another failure", e);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"--compress-algo none", "--compress-algo zip", "--compress-algo none --armor"})
    void everyChangedByteIsFound(String options) throws Exception {
        byte[] content = "The contents of a file, which nobody must change.".getBytes(UTF_8);
        byte[] file = gpg.run(content, (options + " --sign -u ours --encrypt -r ours").split(" ", -1))
                .success();

        for (int i = 0; i < file.length; i++) {
            byte[] changed = file.clone();
            changed[i] ^= 1;
            requireRefused(changed, "byte " + i + " of " + file.length, content);
        }
    }

    @Test
    void everyTruncatedFileIsFound() throws Exception {
        byte[] content = "The contents of a file, which nobody must cut.".getBytes(UTF_8);
        byte[] file = gpg.run(content, "--sign -u ours --encrypt -r ours".split(" ", -1))
                .success();

        for (int i = 0; i < file.length; i++) {
            byte[] cut = Arrays.copyOf(file, i);
            assertThatThrownBy(() -> TestKeys.decrypt(cut, List.of(ours), ours))
                    .as("the first " + i + " bytes")
                    .isInstanceOf(OpenPgpException.class);
        }
    }

    /** Pieces of 64 bytes, so that some cuts are between two of them, and lengths that say so. */
    @ParameterizedTest
    @EnumSource(value = Protection.class, mode = EnumSource.Mode.EXCLUDE, names = "NONE")
    void aFileThatIsCutBetweenPiecesIsFound(Protection protection) throws Exception {
        byte[] content = new byte[700];
        byte[] file = encrypt(content, protection);
        int packet = indexOfEncrypted(file);

        for (int end = packet + 40; end < file.length; end++) {
            byte[] cut = withWholeLength(Arrays.copyOf(file, end), packet);
            assertThatThrownBy(() -> TestKeys.decrypt(cut, List.of(ours)))
                    .as("the first " + end + " bytes")
                    .isInstanceOf(OpenPgpException.class);
        }
    }

    /** Where the packet with the contents begins, behind that with the key. */
    private static int indexOfEncrypted(byte[] file) {
        assertThat(file[0] & 0xff).isEqualTo(0xc1);
        return 2 + (file[1] & 0xff);
    }

    /** The packet with one length instead of several pieces, which is that of the bytes that are left. */
    private static byte[] withWholeLength(byte[] file, int packet) {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int at = packet + 1;
        while (at < file.length) {
            int first = file[at++] & 0xff;
            int length;
            if (first >= 224 && first < 255) {
                length = 1 << (first & 0x1f);
            } else if (first < 192) {
                length = first;
            } else {
                length = at < file.length ? ((first - 192) << 8) + (file[at++] & 0xff) + 192 : 0;
            }
            int there = Math.min(length, file.length - at);
            body.write(file, at, Math.max(0, there));
            at += length;
        }
        ByteArrayOutputStream whole = new ByteArrayOutputStream();
        whole.write(file, 0, packet + 1);
        whole.write(255);
        for (int shift = 24; shift >= 0; shift -= 8) {
            whole.write(body.size() >> shift);
        }
        whole.writeBytes(body.toByteArray());
        return whole.toByteArray();
    }

    @Test
    void theEndFailsAgainIfItIsReadAgain() throws Exception {
        byte[] file = encrypt(new byte[1000], Protection.MDC);
        file[file.length - 1] ^= 1;

        try (InputStream in = TestKeys.reader().decrypt(new ByteArrayInputStream(file), file.length, List.of(ours))) {
            assertThatThrownBy(() -> in.readNBytes(2000)).isInstanceOf(OpenPgpException.class);
            assertThatThrownBy(() -> in.read()).isInstanceOf(OpenPgpException.class);
        }
    }

    @Test
    void whatFollowsTheMessageIsRefused() throws Exception {
        byte[] file = encrypt("content".getBytes(UTF_8), Protection.MDC);
        ByteArrayOutputStream twice = new ByteArrayOutputStream();
        twice.writeBytes(file);
        twice.writeBytes(file);

        assertThatThrownBy(() -> TestKeys.decrypt(twice.toByteArray(), List.of(ours)))
                .isInstanceOf(OpenPgpException.class);
    }

    /** A failure of the store is no fault of the file: another attempt may succeed. */
    @Test
    void aFailureToReadStaysWhatItIs() throws Exception {
        byte[] file = encrypt(new byte[100_000], Protection.MDC);
        IOException failure = new VfsException(Failure.UNAVAILABLE, VirtualPath.ROOT, "the store is down");
        InputStream in = new InputStream() {
            private int read;

            @Override
            public int read() throws IOException {
                if (read == 70_000) {
                    throw failure;
                }
                return file[read++] & 0xff;
            }

            @Override
            public int read(byte[] target, int offset, int length) throws IOException {
                target[offset] = (byte) read();
                return 1;
            }
        };

        assertThatThrownBy(() -> TestKeys.reader()
                        .decrypt(in, file.length, List.of(ours))
                        .readAllBytes())
                .isSameAs(failure);
    }
}
