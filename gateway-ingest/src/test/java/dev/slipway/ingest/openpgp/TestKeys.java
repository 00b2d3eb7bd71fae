package dev.slipway.ingest.openpgp;

import dev.slipway.core.unit.DataSize;
import dev.slipway.ingest.content.ExpansionLimits;
import dev.slipway.testing.GnuPg;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;

/** Keys that gpg has made, and what tests do with them. */
final class TestKeys {
    static final ExpansionLimits LIMITS = new ExpansionLimits(200, new DataSize(1L << 30), 1000, 900);

    private TestKeys() {}

    static OpenPgpKey secret(GnuPg gpg, String name) throws IOException, InterruptedException {
        return OpenPgpKey.read(name, gpg.secretKey(name), GnuPg.PASSPHRASE.toCharArray());
    }

    static OpenPgpKey publicKey(GnuPg gpg, String name) throws IOException, InterruptedException {
        return OpenPgpKey.read(name, gpg.publicKey(name), null);
    }

    static OpenPgpReader reader(OpenPgpKey... signers) {
        return new OpenPgpReader(List.of(signers), LIMITS, Instant.now());
    }

    /** The contents of an encrypted file, if they are genuine. */
    static byte[] decrypt(byte[] file, List<OpenPgpKey> keys, OpenPgpKey... signers) throws IOException {
        try (InputStream in = reader(signers).decrypt(new ByteArrayInputStream(file), file.length, keys)) {
            return in.readAllBytes();
        }
    }

    /** The contents of a signed message, if they are genuine. */
    static byte[] open(byte[] file, OpenPgpKey... signers) throws IOException {
        try (InputStream in = reader(signers).open(new ByteArrayInputStream(file), file.length)) {
            return in.readAllBytes();
        }
    }

    static void verify(byte[] file, byte[] signature, OpenPgpKey... signers) throws IOException {
        reader(signers).verify(new ByteArrayInputStream(file), new ByteArrayInputStream(signature));
    }
}
