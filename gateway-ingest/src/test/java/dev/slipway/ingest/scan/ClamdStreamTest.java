package dev.slipway.ingest.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.ScanResult;
import dev.slipway.testing.ClamdServer;
import dev.slipway.testing.Patience;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files on their way to a real clamd. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ClamdStreamTest {
    private static ClamdServer clamd;

    @BeforeAll
    static void startClamd() throws Exception {
        clamd = ClamdServer.start("StreamMaxLength 1M");
    }

    @AfterAll
    static void stopClamd() {
        clamd.close();
    }

    private static ClamdStream stream() {
        return new ClamdStream(ClamdAddress.parse(clamd.socket().toString()), Patience.LIMIT);
    }

    /** While the client pauses, bytes that are held back keep the connection alive; clamd must see them once, in order. */
    @Test
    void pausesChangeNothingOfTheFile() throws Exception {
        try (ClamdStream stream = stream()) {
            assertThat(stream.add(ByteBuffer.allocate(40_000))).isEmpty();
            byte[] eicar = ClamdServer.eicar();
            for (byte one : eicar) {
                assertThat(stream.add(ByteBuffer.wrap(new byte[] {one}))).isEmpty();
                for (int i = 0; i < 200; i++) {
                    stream.keepAlive(Duration.ZERO);
                }
            }

            assertThat(stream.finish()).isEqualTo(new ScanOutcome(ScanResult.INFECTED, ClamdServer.SIGNATURE));
        }
    }

    /** It begins in one piece for clamd, and ends in another. */
    @Test
    void whatCrossesThePiecesIsFound() throws Exception {
        byte[] file = new byte[100_000];
        System.arraycopy(ClamdServer.eicar(), 0, file, (1 << 15) - 300, ClamdServer.eicar().length);
        try (ClamdStream stream = stream()) {
            ByteBuffer data = ByteBuffer.wrap(file);
            assertThat(stream.add(data)).isEmpty();

            assertThat(data.position()).isZero();
            assertThat(stream.finish().result()).isEqualTo(ScanResult.INFECTED);
        }
    }

    @Test
    void anEmptyFileIsClean() throws Exception {
        try (ClamdStream stream = stream()) {
            assertThat(stream.finish().result()).isEqualTo(ScanResult.CLEAN);
        }
    }

    /** Whatever answers before it has all of the file has not scanned it. */
    @Test
    void anAnswerBeforeTheEndOfTheFileIsNoVerdict() throws Exception {
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                ClamdStream stream =
                        new ClamdStream(ClamdAddress.parse("127.0.0.1:" + server.getLocalPort()), Patience.LIMIT)) {
            assertThat(stream.add(ByteBuffer.allocate(40_000))).isEmpty();
            try (Socket client = server.accept()) {
                client.getOutputStream().write("stream: OK\0".getBytes(StandardCharsets.US_ASCII));
                Patience.await(
                        "the answer arrives",
                        () -> stream.add(ByteBuffer.allocate(1)).isPresent());

                assertThat(stream.finish().result()).isEqualTo(ScanResult.UNAVAILABLE);
            }
        }
    }

    @Test
    void aFileBeyondClamdsLimitIsNoCleanFile() throws Exception {
        try (ClamdStream stream = stream()) {
            var end = stream.add(ByteBuffer.allocate(1 << 20));
            for (int i = 0; i < 100 && end.isEmpty(); i++) {
                end = stream.add(ByteBuffer.allocate(1 << 16));
            }

            assertThat(end.map(ScanOutcome::result).orElse(stream.finish().result()))
                    .isEqualTo(ScanResult.TOO_LARGE);
        }
    }
}
