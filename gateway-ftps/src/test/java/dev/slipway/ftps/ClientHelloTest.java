package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.ftps.tls.ClientHello;
import java.nio.ByteBuffer;
import java.util.HexFormat;
import java.util.Random;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.Test;

class ClientHelloTest {
    private static byte[] hello(String... protocols) throws Exception {
        SSLEngine client = TestCertificate.create().clientContext().createSSLEngine();
        client.setUseClientMode(true);
        client.setEnabledProtocols(protocols);
        client.beginHandshake();
        ByteBuffer hello = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.allocate(0), hello);
        byte[] bytes = new byte[hello.flip().remaining()];
        hello.get(bytes);
        return bytes;
    }

    /** Appends an extension. */
    private static byte[] extended(byte[] hello, String extension) {
        byte[] more = HexFormat.of().parseHex(extension);
        ByteBuffer longer =
                ByteBuffer.allocate(hello.length + more.length).put(hello).put(more);
        longer.putShort(3, (short) (longer.getShort(3) + more.length));
        longer.putInt(5, longer.getInt(5) + more.length);
        int sessionId = 5 + 4 + 2 + 32;
        int ciphers = sessionId + 1 + longer.get(sessionId);
        int compression = ciphers + 2 + longer.getShort(ciphers);
        int extensions = compression + 1 + longer.get(compression);
        longer.putShort(extensions, (short) (longer.getShort(extensions) + more.length));
        return longer.array();
    }

    @Test
    void tellsWhetherASessionIsOffered() throws Exception {
        for (String version : new String[] {"TLSv1.2", "TLSv1.3"}) {
            byte[] hello = hello(version);
            assertThat(ClientHello.read(ByteBuffer.wrap(hello))).contains(new ClientHello(false));
            assertThat(ClientHello.read(ByteBuffer.wrap(extended(hello, "002300020102"))))
                    .contains(new ClientHello(true));
            assertThat(ClientHello.read(ByteBuffer.wrap(extended(hello, "002900020102"))))
                    .contains(new ClientHello(true));
        }
    }

    @Test
    void waitsForTheWholeMessage() throws Exception {
        byte[] hello = hello("TLSv1.2", "TLSv1.3");
        for (int length = 0; length < hello.length; length++) {
            assertThat(ClientHello.read(ByteBuffer.wrap(hello, 0, length)))
                    .as("%s bytes", length)
                    .isEmpty();
        }
        assertThat(ClientHello.read(ByteBuffer.wrap(hello))).isPresent();
    }

    @Test
    void messageMayBeInSeveralRecords() throws Exception {
        byte[] hello = extended(hello("TLSv1.3"), "002900020102");
        ByteBuffer pieces = ByteBuffer.allocate(hello.length * 6);
        for (int i = 5; i < hello.length; i++) {
            pieces.put(new byte[] {22, 3, 1, 0, 1, hello[i]});
        }
        assertThat(ClientHello.read(pieces.flip())).contains(new ClientHello(true));
        assertThat(pieces.position()).isZero();
    }

    @Test
    void garbageIsLeftToTheEngine() throws Exception {
        Random random = new Random(17);
        byte[] hello = hello("TLSv1.2", "TLSv1.3");
        for (int i = 0; i < 20_000; i++) {
            byte[] changed = hello.clone();
            for (int n = random.nextInt(4); n >= 0; n--) {
                changed[random.nextInt(changed.length)] = (byte) random.nextInt();
            }
            ClientHello.read(ByteBuffer.wrap(changed, 0, random.nextInt(changed.length + 1)));
        }
        assertThat(ClientHello.read(ByteBuffer.wrap(new byte[] {71, 69, 84, 32, 47})))
                .contains(new ClientHello(false));
    }
}
