package dev.slipway.ingest.openpgp;

import dev.slipway.ingest.content.ExpansionLimits;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayDeque;
import java.util.Deque;
import org.bouncycastle.openpgp.PGPCompressedData;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPLiteralData;
import org.bouncycastle.openpgp.PGPMarker;
import org.bouncycastle.openpgp.PGPObjectFactory;
import org.bouncycastle.openpgp.PGPOnePassSignatureList;
import org.bouncycastle.openpgp.PGPPadding;
import org.bouncycastle.openpgp.PGPSignatureList;
import org.bouncycastle.openpgp.bc.BcPGPObjectFactory;
import org.jspecify.annotations.Nullable;

/**
 * The contents of a message. <strong>They are genuine only after their end was read</strong>: that is when everything was
 * seen that tells whether they were changed, and who has signed them. If anything is wrong, the end fails, and so does each
 * read after that.
 */
final class Contents extends InputStream {
    private static final String DAMAGED =
            "The file cannot be read: it is damaged, or was changed after it was encrypted or signed.";

    /** What is left to check when everything inside has ended. */
    interface End {
        void require() throws IOException, PGPException;
    }

    /**
     * Packets within something.
     *
     * @param around what has the packets in it, if they are compressed
     */
    private record Layer(PGPObjectFactory packets, @Nullable PGPCompressedData around) {
        static Layer of(InputStream packets, @Nullable PGPCompressedData around) {
            return new Layer(new BcPGPObjectFactory(new PacketFilter(packets, PacketFilter.Layer.INNER)), around);
        }

        /** What is around ends with something that the decompressor does not read. */
        void skipRest() throws IOException {
            if (around != null) {
                around.getInputStream().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    private final InputStream bytes;
    /** The innermost first. */
    private final Deque<Layer> layers;

    private final SignatureChecks signatures;
    private final End end;
    private final ExpansionLimits limits;
    private final long fileSize;
    private long count;
    private boolean isEnding;
    private boolean ended;

    private Contents(
            InputStream bytes,
            Deque<Layer> layers,
            SignatureChecks signatures,
            End end,
            ExpansionLimits limits,
            long fileSize) {
        this.bytes = bytes;
        this.layers = layers;
        this.signatures = signatures;
        this.end = end;
        this.limits = limits;
        this.fileSize = fileSize;
    }

    /**
     * Opens a message that is not encrypted, or no longer. Its layers are one signature or none, one compression or none,
     * in any order, and the contents.
     *
     * @param message remains the caller's
     * @param fileSize of the whole file, for the limits
     */
    static Contents open(
            InputStream message, SignatureChecks signatures, End end, ExpansionLimits limits, long fileSize)
            throws IOException {
        try {
            Deque<Layer> layers = new ArrayDeque<>();
            layers.push(Layer.of(message, null));
            boolean isSigned = false;
            boolean isCompressed = false;
            while (true) {
                switch (next(layers.element().packets())) {
                    case PGPOnePassSignatureList announced -> {
                        requireFirst(isSigned);
                        isSigned = true;
                        signatures.begin(announced);
                    }
                    case PGPCompressedData compressed -> {
                        requireFirst(isCompressed);
                        isCompressed = true;
                        layers.push(Layer.of(compressed.getDataStream(), compressed));
                    }
                    case PGPLiteralData literal -> {
                        if (!isSigned) {
                            signatures.beginUnsigned();
                        }
                        return new Contents(literal.getInputStream(), layers, signatures, end, limits, fileSize);
                    }
                    case null -> throw new OpenPgpException("The file is not complete: it has no contents.");
                    default -> requireFirst(true);
                }
            }
        } catch (IOException | PGPException | RuntimeException e) {
            throw OpenPgpException.of(DAMAGED, e);
        }
    }

    private static void requireFirst(boolean hadOne) throws OpenPgpException {
        if (hadOne) {
            throw new OpenPgpException("The file has layers in it that are refused: more than one compression, or"
                    + " signatures that do not frame the contents.");
        }
    }

    /** The next of a layer, without what has no meaning; null at the end. */
    static @Nullable Object next(PGPObjectFactory layer) throws IOException {
        Object next;
        do {
            next = layer.nextObject();
        } while (next instanceof PGPMarker || next instanceof PGPPadding);
        return next;
    }

    @Override
    public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (ended) {
            return -1;
        }
        if (isEnding) {
            throw new OpenPgpException(DAMAGED);
        }
        try {
            int read = bytes.read(target, offset, length);
            if (read < 0) {
                isEnding = true;
                end();
                ended = true;
                return -1;
            }
            count += read;
            limits.require(count, fileSize);
            signatures.update(target, offset, read);
            return read;
        } catch (IOException | PGPException | RuntimeException e) {
            isEnding = true;
            throw OpenPgpException.of(DAMAGED, e);
        }
    }

    /** The signatures stand in the layer of their announcement, so one layer may end before they come. */
    private void end() throws IOException, PGPException {
        boolean isSigned = false;
        for (Layer layer : layers) {
            Object next = next(layer.packets());
            if (next instanceof PGPSignatureList list && !isSigned) {
                isSigned = true;
                signatures.end(list);
                next = next(layer.packets());
            }
            if (next != null) {
                throw new OpenPgpException("The file has something after its contents.");
            }
            layer.skipRest();
        }
        if (!isSigned) {
            signatures.endUnsigned();
        }
        end.require();
    }
}
