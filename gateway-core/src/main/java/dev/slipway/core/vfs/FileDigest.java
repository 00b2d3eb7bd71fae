package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.zip.CRC32;

/** Computes one digest as bytes arrive. Not thread-safe. */
public sealed interface FileDigest {
    /** Adds the remaining bytes of a buffer. */
    void update(ByteBuffer data);

    /** Returns the digest of all bytes added. To be called once. */
    byte[] finish();

    /** Returns a new digest to which no bytes have been added. */
    static FileDigest of(DigestAlgorithm algorithm) {
        return switch (algorithm) {
            case CRC32 -> new Crc();
            case MD5 -> new Hash("MD5");
            case SHA1 -> new Hash("SHA-1");
            case SHA256 -> new Hash("SHA-256");
            case SHA512 -> new Hash("SHA-512");
        };
    }

    /** CRC-32 as 4 bytes, most significant byte first. */
    static byte[] bytes(int crc) {
        return ByteBuffer.allocate(Integer.BYTES).putInt(crc).array();
    }

    /** CRC-32. */
    final class Crc implements FileDigest {
        private final CRC32 crc = new CRC32();

        @Override
        public void update(ByteBuffer data) {
            crc.update(data);
        }

        @Override
        public byte[] finish() {
            return bytes((int) crc.getValue());
        }
    }

    /** A digest that the JDK provides. */
    final class Hash implements FileDigest {
        private final MessageDigest digest;

        private Hash(String name) {
            try {
                digest = MessageDigest.getInstance(name);
            } catch (NoSuchAlgorithmException e) {
                throw new IllegalStateException("this Java runtime has no " + name, e);
            }
        }

        @Override
        public void update(ByteBuffer data) {
            digest.update(data);
        }

        @Override
        public byte[] finish() {
            return digest.digest();
        }
    }
}
