package dev.slipway.ingest.openpgp;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Set;

/**
 * Passes on packets of OpenPGP (RFC 9580, section 4) after a look at their headers. The parser of the library believes
 * what a packet says of its length, and keeps the whole packet; files come from outside. So it gets no packet that is not
 * expected, none larger than 64 KiB except for those whose contents are a stream, no more than 1000, and no more than
 * 256 KiB without the streams: the library makes objects of it that are many times as large.
 */
final class PacketFilter extends InputStream {
    static final int ENCRYPTED_KEY = 1;
    static final int SIGNATURE = 2;
    static final int ENCRYPTED_KEY_BY_PASSWORD = 3;
    static final int ONE_PASS_SIGNATURE = 4;
    static final int COMPRESSED = 8;
    /** Without protection against changes. */
    static final int UNPROTECTED = 9;

    static final int MARKER = 10;
    static final int LITERAL = 11;
    static final int ENCRYPTED = 18;
    /** What GnuPG writes for its own keys since 2.3. */
    static final int ENCRYPTED_OCB = 20;

    static final int PADDING = 21;

    private static final Set<Integer> STREAMS = Set.of(COMPRESSED, LITERAL, ENCRYPTED, ENCRYPTED_OCB);

    private static final int LARGEST = 1 << 16;
    private static final int MOST = 1000;
    /** Of all packets whose contents are no stream. */
    private static final int MOST_KEPT = 1 << 18;

    /** Of the first piece of a packet of unknown length, by the standard. */
    private static final int FIRST_PIECE = 512;

    private static final long UNTIL_END = -1;

    private final InputStream in;
    private final Layer layer;

    private byte[] ready = {};
    private int passed;
    private long left;
    private boolean partial;
    private int packets;
    private long kept;

    /** What may be in a sequence of packets. */
    enum Layer {
        /** An encrypted message. */
        OUTER(bits(ENCRYPTED_KEY, ENCRYPTED_KEY_BY_PASSWORD, ENCRYPTED, ENCRYPTED_OCB, MARKER, PADDING)),
        /** What was encrypted, or a message that is only signed. */
        INNER(bits(COMPRESSED, ONE_PASS_SIGNATURE, SIGNATURE, LITERAL, MARKER, PADDING)),
        /** Signatures in a file of their own. */
        SIGNATURES(bits(SIGNATURE, MARKER, PADDING));

        /** The types of packets that may be here: one bit for each type, which is below 64. */
        private final long tags;

        Layer(long tags) {
            this.tags = tags;
        }

        private static long bits(int... tags) {
            return Arrays.stream(tags).mapToLong(tag -> 1L << tag).sum();
        }

        boolean has(int tag) {
            return (tags & 1L << tag) != 0;
        }

        private String refusal(int tag) {
            if (tag == UNPROTECTED) {
                return "The file is encrypted by an old method without protection against changes, which is refused.";
            }
            return switch (this) {
                case OUTER ->
                    INNER.has(tag)
                            ? "The file is not encrypted."
                            : "The file is no message of OpenPGP; it begins like something else.";
                case INNER ->
                    OUTER.has(tag)
                            ? "The file is encrypted where it should not be: at the top, or once more inside."
                            : "The file has something in it that does not belong into a message.";
                case SIGNATURES -> "The file with the signature has something else in it.";
            };
        }
    }

    /** @param in remains the caller's */
    PacketFilter(InputStream in, Layer layer) {
        this.in = in;
        this.layer = layer;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        while (true) {
            if (passed < ready.length) {
                int count = Math.min(length, ready.length - passed);
                System.arraycopy(ready, passed, target, offset, count);
                passed += count;
                return count;
            }
            if (left == UNTIL_END) {
                return in.read(target, offset, length);
            }
            if (left > 0) {
                int read = in.read(target, offset, (int) Math.min(length, left));
                if (read < 0) {
                    throw truncated();
                }
                left -= read;
                return read;
            }
            if (partial) {
                ByteArrayOutputStream header = new ByteArrayOutputStream();
                newLength(header);
                pass(header.toByteArray());
            } else if (!nextPacket()) {
                return -1;
            }
        }
    }

    private void pass(byte[] bytes) {
        ready = bytes;
        passed = 0;
    }

    private boolean nextPacket() throws IOException {
        int first = in.read();
        if (first < 0) {
            return false;
        }
        if ((first & 0x80) == 0) {
            throw new OpenPgpException(
                    "The file is damaged, or no file of OpenPGP: there is no packet where one should be.");
        }
        boolean isNew = (first & 0x40) != 0;
        int tag = isNew ? first & 0x3f : (first & 0x3f) >> 2;
        if (!layer.has(tag)) {
            throw new OpenPgpException(layer.refusal(tag));
        }
        if (++packets > MOST) {
            throw new OpenPgpException("The file has more than " + MOST + " packets.");
        }
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.write(first);
        if (isNew) {
            newLength(header);
        } else {
            oldLength(header, first & 3);
        }
        boolean isStream = STREAMS.contains(tag);
        boolean isUnknown = partial || left == UNTIL_END;
        if (isStream && partial && left < FIRST_PIECE) {
            throw new OpenPgpException("The file is damaged: the first piece of a packet is shorter than it may be.");
        }
        if (!isStream) {
            if (isUnknown || left > LARGEST) {
                throw new OpenPgpException("The file has a packet of the type " + tag + " that is larger than 64 KiB.");
            }
            kept += left;
            if (kept > MOST_KEPT) {
                throw new OpenPgpException("The file has more than 256 KiB of keys and signatures.");
            }
            byte[] body = in.readNBytes((int) left);
            if (body.length < left) {
                throw truncated();
            }
            left = 0;
            if (tag == SIGNATURE) {
                requireLengths(body);
            }
            header.writeBytes(body);
        }
        pass(header.toByteArray());
        return true;
    }

    /** A signature of version 6 has lengths of four bytes inside, which the parser would believe as well. */
    private static void requireLengths(byte[] signature) throws IOException {
        if (signature.length == 0 || signature[0] != 6) {
            return;
        }
        ByteBuffer at = ByteBuffer.wrap(signature).position(Math.min(4, signature.length));
        for (int area = 0; area < 2; area++) {
            long length = at.remaining() < Integer.BYTES ? Long.MAX_VALUE : at.getInt() & 0xffff_ffffL;
            if (length > at.remaining()) {
                throw new OpenPgpException("The file is damaged: a signature is shorter than it says.");
            }
            at.position(at.position() + (int) length);
        }
    }

    private void newLength(ByteArrayOutputStream header) throws IOException {
        int first = octet(header);
        partial = first >= 224 && first < 255;
        if (first < 192) {
            left = first;
        } else if (first < 224) {
            left = ((first - 192L) << 8) + octet(header) + 192;
        } else if (partial) {
            left = 1L << (first & 0x1f);
        } else {
            left = number(header, 4);
        }
    }

    private void oldLength(ByteArrayOutputStream header, int type) throws IOException {
        partial = false;
        left = type == 3 ? UNTIL_END : number(header, 1 << type);
    }

    private long number(ByteArrayOutputStream header, int octets) throws IOException {
        long number = 0;
        for (int i = 0; i < octets; i++) {
            number = number << 8 | octet(header);
        }
        return number;
    }

    private int octet(ByteArrayOutputStream header) throws IOException {
        int octet = in.read();
        if (octet < 0) {
            throw truncated();
        }
        header.write(octet);
        return octet;
    }

    private static OpenPgpException truncated() {
        return new OpenPgpException("The file is not complete: it ends in the middle of a packet.");
    }
}
