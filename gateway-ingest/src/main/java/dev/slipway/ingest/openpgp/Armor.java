package dev.slipway.ingest.openpgp;

import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;

/**
 * Removes the armor of a file, if it has any (RFC 9580, section 6). The library has a reader for armor, which keeps what it
 * reads of headers. Its checksum is not checked: whoever changes a file can change it, too.
 */
final class Armor {
    /** Of what stands before the contents: text that people write, and headers. */
    private static final int BEFORE = 1 << 14;

    private static final int BUFFER = 1 << 16;

    private Armor() {}

    /**
     * The packets of a file.
     *
     * @param file remains the caller's
     */
    static InputStream remove(InputStream file) throws IOException {
        BufferedInputStream in = new BufferedInputStream(file, BUFFER);
        in.mark(1);
        int first = in.read();
        in.reset();
        if (first < 0) {
            throw new OpenPgpException("The file is empty.");
        }
        // The first byte of every packet is no ASCII.
        if ((first & 0x80) != 0) {
            return in;
        }
        skipHeaders(in);
        return Base64.getMimeDecoder().wrap(new Contents(in));
    }

    private static void skipHeaders(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        boolean begun = false;
        for (int i = 0; i < BEFORE; i++) {
            int read = in.read();
            if (read < 0) {
                break;
            }
            if (read != '\n') {
                line.append((char) read);
                continue;
            }
            String text = line.toString().strip();
            line.setLength(0);
            if (begun && text.isEmpty()) {
                return;
            }
            if (text.equals("-----BEGIN PGP SIGNED MESSAGE-----")) {
                throw new OpenPgpException("The file is a text with its signature below it, which is not supported;"
                        + " a signature in a file of its own is, and a signed message.");
            }
            begun |= text.startsWith("-----BEGIN PGP ");
        }
        throw new OpenPgpException("The file is no file of OpenPGP.");
    }

    /** Base64 up to the checksum or the last line, which begin with characters that no other line begins with. */
    private static final class Contents extends FilterInputStream {
        private boolean lineBegins = true;
        private boolean ended;

        Contents(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            if (ended) {
                return -1;
            }
            int read = super.read();
            if (read < 0 || (lineBegins && (read == '=' || read == '-'))) {
                ended = true;
                return -1;
            }
            lineBegins = read == '\n' || (lineBegins && read == '\r');
            return read;
        }

        @Override
        public int read(byte[] target, int offset, int length) throws IOException {
            int count = 0;
            while (count < length) {
                int read = read();
                if (read < 0) {
                    break;
                }
                target[offset + count++] = (byte) read;
            }
            return count == 0 && length > 0 ? -1 : count;
        }
    }
}
