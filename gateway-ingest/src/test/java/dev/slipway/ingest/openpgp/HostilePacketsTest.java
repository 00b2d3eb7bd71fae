package dev.slipway.ingest.openpgp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import dev.slipway.ingest.content.ExpansionException;
import dev.slipway.testing.GnuPg;
import dev.slipway.testing.Patience;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.bouncycastle.bcpg.AEADAlgorithmTags;
import org.bouncycastle.bcpg.SymmetricKeyAlgorithmTags;
import org.bouncycastle.openpgp.PGPEncryptedDataGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPGPDataEncryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPublicKeyKeyEncryptionMethodGenerator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that are made to use up memory, or to confuse. Anybody who has our public key can encrypt them for us. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostilePacketsTest {
    /** What a refused file may cost, including garbage: ten times less than the smallest claim of these tests. */
    private static final long ALLOCATED = 24 << 20;

    private static GnuPg gpg;
    private static OpenPgpKey ours;

    @BeforeAll
    static void makeKeys() throws Exception {
        gpg = GnuPg.create();
        gpg.generate("ours", GnuPg.Kind.CURVES);
        ours = TestKeys.secret(gpg, "ours");
        // Classes are loaded, and tables filled, only once.
        decrypt(encrypted(bytes("cb 07 62 00 00000000 61")));
    }

    @AfterAll
    static void close() {
        gpg.close();
    }

    private static byte[] bytes(String hexadecimal) {
        return HexFormat.of().parseHex(hexadecimal.replace(" ", ""));
    }

    /** A file with these packets in it. */
    private static byte[] encrypted(byte[] packets) throws Exception {
        PGPEncryptedDataGenerator encryption = new PGPEncryptedDataGenerator(
                new BcPGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256).setWithIntegrityPacket(true));
        encryption.addMethod(new BcPublicKeyKeyEncryptionMethodGenerator(
                ours.encryptionKey(Instant.now()).orElseThrow().getPGPPublicKey()));
        ByteArrayOutputStream file = new ByteArrayOutputStream();
        try (OutputStream out = encryption.open(file, new byte[1 << 16])) {
            out.write(packets);
        }
        return file.toByteArray();
    }

    private static void decrypt(byte[] file) throws IOException {
        try (InputStream in = TestKeys.reader().decrypt(new ByteArrayInputStream(file), file.length, List.of(ours))) {
            in.transferTo(OutputStream.nullOutputStream());
        }
    }

    private interface Work {
        void run() throws Exception;
    }

    private static void requireRefusedCheaply(Work work) {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadAllocatedBytes();
        assertThatThrownBy(work::run).isInstanceOfAny(OpenPgpException.class, ExpansionException.class);
        assertThat(threads.getCurrentThreadAllocatedBytes() - before).isLessThan(ALLOCATED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                // Almost 2 GiB, in the new and the old form of lengths.
                "c2 ff 7fffffff 04",
                "8a 7fffffff 04",
                "c1 ff 7fffffff 03",
                "c4 ff 7fffffff 03",
                "cd ff 7fffffff 61",
                "d1 ff 7fffffff 61",
                "ca ff 7fffffff 50",
                "d5 ff 7fffffff 50",
                "c3 ff 7fffffff 04",
                // As large as a length can be.
                "c2 ff ffffffff 04",
                // In pieces of 1 GiB.
                "c2 fe 04",
                "cd fe 61",
                // Without any end.
                "8b 04",
                // A signature whose parts say that they are large.
                "c2 10 06 00 1b 0a 7fffffff 000000000000000000",
                "c2 10 06 00 1b 0a 00000000 7fffffff 0000000000",
                "c2 0a 04 00 16 0a ffff 00000000",
                "c2 0a 04 00 16 0a 0006 ff 7fffffff 00",
                // Keys and unknown packets.
                "c6 ff 7fffffff 04",
                "c5 ff 7fffffff 04",
                "ee ff 7fffffff 04",
                "ff ff 7fffffff 04",
                // What ends at once.
                "cb",
                "cb ff 7fffffff 62 ff",
                "c8 ff 7fffffff 03",
                "c4",
                "00",
            })
    void packetsThatClaimToBeLargeAreRefusedWithoutTheMemory(String packets) throws Exception {
        byte[] plain = Arrays.copyOf(bytes(packets), 200_000);
        byte[] file = encrypted(plain);

        requireRefusedCheaply(() -> decrypt(file));
        requireRefusedCheaply(() -> decrypt(plain));
        requireRefusedCheaply(() -> TestKeys.open(plain, ours));
        requireRefusedCheaply(() -> TestKeys.verify(new byte[10], plain, ours));
    }

    @Test
    void authenticatedEncryptionWithLargePiecesIsRefused() throws Exception {
        PGPEncryptedDataGenerator encryption =
                new PGPEncryptedDataGenerator(new BcPGPDataEncryptorBuilder(SymmetricKeyAlgorithmTags.AES_256)
                        .setWithAEAD(AEADAlgorithmTags.OCB, 6)
                        .setUseV6AEAD());
        encryption.addMethod(new BcPublicKeyKeyEncryptionMethodGenerator(
                ours.encryptionKey(Instant.now()).orElseThrow().getPGPPublicKey()));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (OutputStream encrypted = encryption.open(out, new byte[512])) {
            encrypted.write(new byte[1000]);
        }
        byte[] file = out.toByteArray();
        int packet = 2 + (file[1] & 0xff);
        // The tag, a length of one byte for the first piece, the version, two algorithms, then the size of pieces.
        for (int size : new int[] {17, 24, 26, 31, 255}) {
            byte[] changed = file.clone();
            changed[packet + 5] = (byte) size;
            requireRefusedCheaply(() -> decrypt(changed));
        }
    }

    private static byte[] packets(String one, int count) {
        ByteArrayOutputStream packets = new ByteArrayOutputStream();
        for (int i = 0; i < count; i++) {
            packets.writeBytes(bytes(one));
        }
        return packets.toByteArray();
    }

    @Test
    void manyPacketsAreRefused() throws Exception {
        byte[] markers = packets("ca 03 504750", 200_000);
        byte[] recipients = packets("c1 0d 03 0000000000000001 01 0008 ff", 200_000);
        byte[] file = encrypted(markers);

        requireRefusedCheaply(() -> decrypt(markers));
        requireRefusedCheaply(() -> decrypt(recipients));
        requireRefusedCheaply(() -> decrypt(file));
    }

    /** Almost 64 KiB of parts of two bytes, each of which becomes an object. */
    private static byte[] largeSignature() {
        byte[] start = bytes("c2 ff 0000fa10 04 00 16 0a fa00");
        byte[] end = bytes("0000 abcd 0008 ff 0008 ff");
        byte[] packet = Arrays.copyOf(start, start.length + 0xfa00 + end.length);
        for (int i = start.length; i < packet.length - end.length; i += 2) {
            packet[i] = 1;
            packet[i + 1] = 100;
        }
        System.arraycopy(end, 0, packet, packet.length - end.length, end.length);
        return packet;
    }

    @Test
    void manyLargeSignaturesAreRefused() throws Exception {
        ByteArrayOutputStream packets = new ByteArrayOutputStream();
        for (int i = 0; i < 100; i++) {
            packets.writeBytes(largeSignature());
        }
        byte[] plain = packets.toByteArray();
        byte[] file = encrypted(plain);

        requireRefusedCheaply(() -> decrypt(file));
        requireRefusedCheaply(() -> TestKeys.open(plain, ours));
        requireRefusedCheaply(() -> TestKeys.verify(new byte[10], plain, ours));
        assertThatThrownBy(() -> TestKeys.verify(new byte[10], plain, ours))
                .hasMessage("The file has more than 256 KiB of keys and signatures.");
    }

    /** Each costs a digest of the whole file, and one that is not checked might be bad. */
    @Test
    void manySignaturesOfTheSignerAreRefused() throws Exception {
        byte[] content = {1, 2, 3};
        ByteArrayOutputStream signatures = new ByteArrayOutputStream();
        for (int i = 0; i < 16; i++) {
            new OpenPgpWriter(signatures, false, Instant.now()).signApart(new ByteArrayInputStream(content), ours);
        }

        TestKeys.verify(content, signatures.toByteArray(), ours);

        new OpenPgpWriter(signatures, false, Instant.now()).signApart(new ByteArrayInputStream(content), ours);
        assertThatThrownBy(() -> TestKeys.verify(content, signatures.toByteArray(), ours))
                .isInstanceOf(OpenPgpException.class)
                .hasMessageContaining("more than 16 signatures");
    }

    private static byte[] compressed(byte[] packets, int zeros) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        // An old packet without a length, compressed by ZIP.
        out.write(0xa3);
        out.write(1);
        Deflater deflater = new Deflater(9, true);
        try (DeflaterOutputStream zip = new DeflaterOutputStream(out, deflater)) {
            zip.write(packets);
            for (int left = zeros; left > 0; left -= 1 << 16) {
                zip.write(new byte[1 << 16]);
            }
        } finally {
            deflater.end();
        }
        return out.toByteArray();
    }

    @Test
    void aBombIsStopped() throws Exception {
        // 64 MiB of zeros.
        byte[] file = encrypted(compressed(bytes("cb ff 04000006 62 00 00000000"), 64 << 20));

        requireRefusedCheaply(() -> decrypt(file));
        assertThatThrownBy(() -> decrypt(file)).hasMessageContaining("200 times as large as the file");
    }

    @Test
    void deepLayersAreRefused() throws Exception {
        byte[] packets = bytes("cb 07 62 00 00000000 61");
        for (int i = 0; i < 200; i++) {
            packets = compressed(packets, 0);
        }
        byte[] file = encrypted(packets);
        byte[] twice = encrypted(encrypted(bytes("cb 07 62 00 00000000 61")));

        requireRefusedCheaply(() -> decrypt(file));
        requireRefusedCheaply(() -> decrypt(twice));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "-----BEGIN PGP MESSAGE-----\n",
                "-----BEGIN PGP MESSAGE-----\nComment: ",
                "no armor, and no end of the line: ",
                "-----BEGIN PGP MESSAGE-----\n\n=aaaa\n=aaaa\n",
            })
    void headersWithoutAnEndAreRefused(String start) {
        byte[] file = start.concat("=aaaa\n".repeat(500_000)).getBytes(StandardCharsets.US_ASCII);

        requireRefusedCheaply(() -> decrypt(file));
        requireRefusedCheaply(() -> TestKeys.open(file, ours));
    }

    @Test
    void anEmptyFileIsRefused() {
        assertThatThrownBy(() -> decrypt(new byte[0])).hasMessage("The file is empty.");
        assertThatThrownBy(() -> TestKeys.open("plain text".getBytes(StandardCharsets.US_ASCII), ours))
                .hasMessage("The file is no file of OpenPGP.");
    }
}
