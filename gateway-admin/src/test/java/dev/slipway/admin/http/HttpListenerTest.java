package dev.slipway.admin.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.net.ListenPort;
import dev.slipway.testing.Patience;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The listener's answers to raw bytes of clients. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HttpListenerTest {
    private static final int SOCKET_LIMIT = Patience.MILLIS;
    private static final int LARGEST = 1000;
    private static final Duration LONG = Duration.ofHours(1);
    private static final String END = "Host: localhost\r\nConnection: close\r\n\r\n";

    private final AtomicInteger counted = new AtomicInteger();
    private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
    private HttpListener listener = start(limits(100, 50, LONG, LONG, LONG));

    @AfterEach
    void stop() {
        listener.close();
    }

    /** Also times that a configuration refuses as too short. */
    private static HttpSettings limits(
            int connections, int perAddress, Duration request, Duration idle, Duration answer) {
        return new HttpSettings(
                new ListenPort(0),
                "127.0.0.1",
                false,
                false,
                List.of("Gateway.Example.com"),
                connections,
                perAddress,
                request,
                idle,
                answer);
    }

    private HttpListener start(HttpSettings settings) {
        return start(settings, null);
    }

    private HttpListener start(HttpSettings settings, @Nullable SSLContext tls) {
        try {
            return new HttpListener(
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                    tls,
                    settings,
                    Set.of("/open"),
                    this::answer,
                    metrics);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private void restart(HttpSettings settings) {
        listener.close();
        listener = start(settings);
    }

    private void answer(HttpExchange exchange) throws IOException {
        switch (exchange.path()) {
            case "/counted" -> {
                counted.incrementAndGet();
                exchange.answer(200, Map.of(), bytes("counted"));
            }
            case "/early" -> exchange.answer(200, Map.of(), bytes("early"));
            case "/large" -> exchange.answer(200, Map.of(), new byte[7 << 20]);
            case "/stream" -> {
                try (OutputStream out = exchange.stream(200, Map.of())) {
                    out.write(bytes("one "));
                    out.write(bytes("two"));
                }
            }
            case "/cut" -> exchange.stream(200, Map.of()).write(bytes("one "));
            case "/defect" -> throw new IllegalStateException("a defect, on purpose");
            default -> {
                try {
                    byte[] body = exchange.body(LARGEST);
                    exchange.answer(
                            200,
                            Map.of(),
                            bytes(exchange.method() + " " + exchange.path() + " " + exchange.query() + " "
                                    + new String(body, StandardCharsets.UTF_8)));
                } catch (HttpExchange.BodyTooLargeException e) {
                    exchange.answer(413, Map.of(), bytes("too large"));
                } catch (IOException e) {
                    exchange.answer(408, Map.of(), bytes(String.valueOf(e.getMessage())));
                }
            }
        }
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private Socket connect() throws IOException {
        Socket socket =
                new Socket(listener.address().getAddress(), listener.address().getPort());
        socket.setSoTimeout(SOCKET_LIMIT);
        return socket;
    }

    /** Sends bytes, and returns everything received until the server closes. */
    private String send(String request) throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream().write(bytes(request));
            return rest(socket);
        }
    }

    private static String rest(Socket socket) throws IOException {
        return new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
    }

    /** Reads up to a text. */
    private static String readTo(InputStream in, String end) throws IOException {
        StringBuilder read = new StringBuilder();
        while (read.indexOf(end) < 0) {
            int next = in.read();
            assertThat(next)
                    .as("the end came before '%s', after: %s", end, read)
                    .isNotNegative();
            read.append((char) next);
        }
        return read.toString();
    }

    private double refused(String reason) {
        return metrics.get("slipway.http.refused")
                .tag("reason", reason)
                .counter()
                .count();
    }

    // Requests

    @Test
    void requestsOnOneConnectionAreAnsweredInTheirOrder() throws IOException {
        String answers = send("POST /a?x=1 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbodyGET /early"
                + " HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /b HTTP/1.1\r\nHost:"
                + " localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\nHEAD /c"
                + " HTTP/1.1\r\n" + END);
        assertThat(answers).containsSubsequence("POST /a x=1 body", "early", "POST /b null abcde", "HTTP/1.1 200 OK");
        assertThat(answers).doesNotContain("HEAD /c");
    }

    @Test
    void anUnreadBodyIsSkipped() throws IOException {
        assertThat(send("POST /early HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
                        + "x".repeat(900_000) + "GET /a HTTP/1.1\r\n" + END))
                .containsSubsequence("early", "GET /a");
    }

    @Test
    void expectContinueIsAnswered() throws IOException {
        try (Socket socket = connect()) {
            socket.getOutputStream()
                    .write(bytes("POST /a HTTP/1.1\r\nContent-Length: 2\r\nExpect: 100-continue\r\n" + END));
            assertThat(readTo(socket.getInputStream(), "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
            socket.getOutputStream().write(bytes("ok"));
            assertThat(rest(socket)).endsWith("POST /a null ok");
        }
        assertThat(send("POST /a HTTP/1.1\r\nContent-Length: 2000\r\nExpect: 100-continue\r\n" + END))
                .as("too large, known before it is sent")
                .startsWith("HTTP/1.1 413");
    }

    @Test
    void anOversizedBodyWithoutALengthIsRefused() throws IOException {
        assertThat(send("POST /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + "7d0\r\n" + "x".repeat(2000) + "\r\n0\r\n\r\n"))
                .startsWith("HTTP/1.1 413");
    }

    @Test
    void aStreamEndsWithItsLastChunkUnlessItWasInterrupted() throws IOException {
        assertThat(send("GET /stream HTTP/1.1\r\n" + END))
                .contains("one ", "two")
                .endsWith("0\r\n\r\n");
        assertThat(send("GET /cut HTTP/1.1\r\n" + END)).contains("one ").doesNotContain("\r\n0\r\n");
        assertThat(send("GET /stream HTTP/1.0\r\n\r\n"))
                .as("a client of HTTP/1.0, which knows no chunks")
                .endsWith("one two");
        assertThat(send("GET /defect HTTP/1.1\r\n" + END)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "'nonsense\r\n\r\n', 400",
        "'GET / HTTP/1.1\r\n\r\n', 400",
        "'GET / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\n\r\n', 400",
        "'GET http://localhost/ HTTP/1.1\r\nHost: localhost\r\n\r\n', 400",
        "'OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n', 400",
        "'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n', 400"
    })
    void invalidRequestsAreRefused(String request, int status) throws IOException {
        assertThat(send(request)).startsWith("HTTP/1.1 " + status);
    }

    @Test
    void linesAndHeadersHaveLimits() throws IOException {
        assertThat(send("GET /" + "a".repeat(9000) + " HTTP/1.1\r\n")).startsWith("HTTP/1.1 414");
        assertThat(send("GET / HTTP/1.1\r\nX: " + "a".repeat(17_000) + "\r\n")).startsWith("HTTP/1.1 431");
    }

    /** Such a head of 16 KiB would take a megabyte of memory, before any login. */
    @Test
    void headersAreCounted() throws IOException {
        assertThat(send("GET / HTTP/1.1\r\n" + "a:\r\n".repeat(1000))).startsWith("HTTP/1.1 431");
        assertThat(send("GET /a HTTP/1.1\r\n" + "a:b\r\n".repeat(90) + END)).startsWith("HTTP/1.1 200");
    }

    /** They would take some fifty times the memory of their bytes. */
    @Test
    void aClientThatSendsManyRequestsWithoutWaitingIsDisconnected() throws IOException {
        String request = "GET /early HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assertThat(send(request.repeat(15) + "GET /a HTTP/1.1\r\n" + END)).contains("GET /a");
        assertThat(refused("ahead")).isZero();

        try (Socket socket = connect()) {
            socket.getOutputStream().write(bytes(request.repeat(100)));
            byte[] _ = socket.getInputStream().readAllBytes();
        } catch (IOException _) {
            // The connection was already closed.
        }
        assertThat(refused("ahead")).isEqualTo(1);
    }

    @Test
    void aRequestThatWasRefusedIsNotAnsweredWhenItsRestArrives() throws IOException {
        restart(limits(100, 50, Duration.ofMillis(200), LONG, LONG));
        try (Socket socket = connect()) {
            socket.getOutputStream().write(bytes("GET /counted HTTP/1.1\r\n"));
            assertThat(readTo(socket.getInputStream(), "\r\n")).startsWith("HTTP/1.1 408");
            socket.getOutputStream().write(bytes(END));
            assertThat(rest(socket)).doesNotContain("HTTP/1.1");
        }
        assertThat(counted).hasValue(0);
    }

    /** A flood of handshakes would otherwise occupy the carriers of the virtual threads that serve all sessions. */
    @Test
    void handshakesHaveThreadsOfTheirOwn() throws Exception {
        ServerKeys keys = new ServerKeys();
        SSLContext tls = SSLContext.getInstance("TLS");
        tls.init(new KeyManager[] {keys}, null, null);
        listener.close();
        listener = start(HttpSettings.builder().build(), tls);
        try (SSLSocket socket = (SSLSocket) SSLContext.getDefault()
                .getSocketFactory()
                .createSocket(
                        listener.address().getAddress(), listener.address().getPort())) {
            assertThatThrownBy(socket::startHandshake).isInstanceOf(IOException.class);
        }
        assertThat(keys.asking.get()).isNotNull().returns(false, Thread::isVirtual);
    }

    /** Has no key, and remembers which thread has asked for one. */
    private static final class ServerKeys extends X509ExtendedKeyManager {
        private final AtomicReference<@Nullable Thread> asking = new AtomicReference<>();

        @Override
        public @Nullable String chooseEngineServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
            asking.set(Thread.currentThread());
            return null;
        }

        @Override
        public @Nullable String chooseServerAlias(
                String type, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }

        @Override
        public @Nullable String chooseClientAlias(
                String[] types, Principal @Nullable [] issuers, @Nullable Socket socket) {
            return null;
        }

        @Override
        public String @Nullable [] getServerAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public String @Nullable [] getClientAliases(String type, Principal @Nullable [] issuers) {
            return null;
        }

        @Override
        public X509Certificate @Nullable [] getCertificateChain(String alias) {
            return null;
        }

        @Override
        public @Nullable PrivateKey getPrivateKey(String alias) {
            return null;
        }
    }

    // Names

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LOCALHOST:9187",
                "slipway.localhost",
                "127.0.0.1:9187",
                "10.1.2.3",
                "[::1]:9187",
                "[2001:db8::7]",
                "gateway.example.com",
                "GATEWAY.example.com.:443"
            })
    void addressesAndItsNamesAreAnswered(String host) throws IOException {
        assertThat(send("GET /a HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "attacker.example",
                "127.0.0.1.attacker.example",
                "localhost.attacker.example",
                "xlocalhost",
                "gateway.example.com.attacker.example",
                "2130706433",
                "0x7f.1",
                "::1",
                "[localhost]",
                "localhost:x",
                "user@localhost",
                "a, localhost"
            })
    void otherNamesAreRefused(String host) throws IOException {
        assertThat(send("GET /a HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n"))
                .startsWith("HTTP/1.1 421")
                .contains("admin.hosts")
                .doesNotContain("GET /a");
        assertThat(send("GET /open HTTP/1.1\r\nConnection: close\r\nHost: " + host + "\r\n\r\n"))
                .startsWith("HTTP/1.1 200");
        assertThat(refused("host")).isEqualTo(1);
    }

    // Slow clients

    @ParameterizedTest
    @ValueSource(strings = {"", "G", "GET /a HTTP/1.1\r\nHost: loc"})
    void aHeadMustArriveInTime(String begin) throws IOException {
        restart(limits(100, 50, Duration.ofMillis(200), LONG, LONG));
        assertThat(send(begin)).startsWith("HTTP/1.1 408");
        assertThat(refused("slow")).isEqualTo(1);
    }

    @Test
    void aHeadSentByteByByteGetsNoExtraTime() throws Exception {
        restart(limits(100, 50, Duration.ofMillis(500), LONG, LONG));
        try (ScheduledExecutorService drip = Executors.newSingleThreadScheduledExecutor();
                Socket socket = connect()) {
            OutputStream out = socket.getOutputStream();
            out.write(bytes("GET /a HTTP/1.1\r\nHost: localhost\r\nX: "));
            Future<?> dripping = drip.scheduleAtFixedRate(
                    () -> {
                        try {
                            out.write('a');
                        } catch (IOException e) {
                            throw new UncheckedIOException(e);
                        }
                    },
                    0,
                    20,
                    TimeUnit.MILLISECONDS);
            assertThat(readTo(socket.getInputStream(), "\r\n")).startsWith("HTTP/1.1 408");
            dripping.cancel(false);
        }
        assertThat(refused("slow")).isEqualTo(1);
    }

    @Test
    void aBodyMustArriveInTime() throws IOException {
        restart(limits(100, 50, Duration.ofMillis(200), LONG, LONG));
        assertThat(send("POST /a HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\nabc"))
                .startsWith("HTTP/1.1 408")
                .contains("did not arrive in time");
    }

    @Test
    void aConnectionWithoutAnotherRequestIsClosed() throws IOException {
        restart(limits(100, 50, LONG, Duration.ofMillis(100), LONG));
        assertThat(send("GET /early HTTP/1.1\r\nHost: localhost\r\n\r\n")).endsWith("early");
    }

    @Test
    void aClientThatDoesNotReadItsResponseIsDisconnected() throws Exception {
        restart(limits(100, 50, LONG, LONG, Duration.ofMillis(300)));
        try (Socket socket = new Socket()) {
            socket.setReceiveBufferSize(4096);
            socket.setSoTimeout(SOCKET_LIMIT);
            socket.connect(listener.address());
            socket.getOutputStream().write(bytes("GET /large HTTP/1.1\r\n" + END));
            while (refused("unread") == 0) {
                Thread.onSpinWait();
            }
        }
        assertThat(send("GET /a HTTP/1.1\r\n" + END)).startsWith("HTTP/1.1 200");
    }

    // Many clients

    private static void assertClosed(Socket socket) {
        try {
            assertThat(socket.getInputStream().read()).isNegative();
        } catch (SocketTimeoutException e) {
            throw new AssertionError("the connection is still there", e);
        } catch (IOException e) {
            // A reset is equivalent.
        }
    }

    @Test
    void aNewConnectionReplacesTheOneThatHasWaitedLongest() throws IOException {
        restart(limits(100, 2, LONG, LONG, LONG));
        try (Socket first = connect();
                Socket second = connect()) {
            first.getOutputStream().write(bytes("GET /a HTTP/1.1\r\n"));
            second.getOutputStream().write(bytes("GET /b HTTP/1.1\r\n"));
            assertThat(send("GET /c HTTP/1.1\r\n" + END)).contains("GET /c");
            assertClosed(first);
            second.getOutputStream().write(bytes(END));
            assertThat(rest(second)).contains("GET /b");
        }
        assertThat(refused("replaced")).isEqualTo(1);
    }

    @Test
    void oneAddressWithManyConnectionsLosesItsOwn() throws Exception {
        restart(limits(4, 4, LONG, LONG, LONG));
        try (Socket other = new Socket()) {
            other.bind(new InetSocketAddress("127.0.0.2", 0));
            other.setSoTimeout(SOCKET_LIMIT);
            other.connect(listener.address());
            other.getOutputStream().write(bytes("GET /other HTTP/1.1\r\n"));
            for (int i = 0; i < 10; i++) {
                Socket _ = connect();
            }
            assertThat(send("GET /c HTTP/1.1\r\n" + END)).contains("GET /c");
            other.getOutputStream().write(bytes(END));
            assertThat(rest(other)).contains("GET /other");
        }
    }
}
