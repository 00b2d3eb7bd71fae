package dev.slipway.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.core.async.AsyncResponseTransformer;
import software.amazon.awssdk.services.s3.S3AsyncClient;

@Timeout(Patience.TEST_SECONDS)
class FaultProxyTest {
    private static final Duration LONG_ENOUGH = Patience.LIMIT;

    @Nested
    class BetweenHttpPeers {
        private final BlockingQueue<String> seenByServer = new LinkedBlockingQueue<>();
        private HttpServer server;
        private FaultProxy proxy;
        private HttpClient client;

        @BeforeEach
        void start() throws IOException {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
            server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
            server.createContext("/", exchange -> {
                byte[] body = exchange.getRequestBody().readAllBytes();
                seenByServer.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " " + body.length);
                byte[] reply = "x".repeat(1000).getBytes(StandardCharsets.US_ASCII);
                exchange.sendResponseHeaders(200, reply.length);
                exchange.getResponseBody().write(reply);
                exchange.close();
            });
            server.start();
            proxy = FaultProxy.http(
                    URI.create("http://127.0.0.1:" + server.getAddress().getPort()));
            client =
                    HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        }

        @AfterEach
        void stop() throws IOException {
            client.shutdownNow();
            proxy.close();
            server.stop(0);
        }

        private HttpResponse<String> put(String path, int size) throws IOException, InterruptedException {
            return client.send(request(path, size), BodyHandlers.ofString());
        }

        private java.net.http.HttpRequest request(String path, int size) {
            return java.net.http.HttpRequest.newBuilder(proxy.uri().resolve(path))
                    .timeout(LONG_ENOUGH)
                    .PUT(BodyPublishers.ofByteArray(new byte[size]))
                    .build();
        }

        @Test
        void damagesOneByteOfABodyAndNotTheNextRequest() throws Exception {
            BlockingQueue<String> bodies = new LinkedBlockingQueue<>();
            server.createContext("/body", exchange -> {
                bodies.add(new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.US_ASCII));
                exchange.sendResponseHeaders(204, -1);
                exchange.close();
            });
            proxy.failNext(1, request -> true, new RequestFault.Damage(3));
            for (int i = 0; i < 2; i++) {
                client.send(
                        java.net.http.HttpRequest.newBuilder(proxy.uri().resolve("/body"))
                                .PUT(BodyPublishers.ofString("aaaaaa"))
                                .build(),
                        BodyHandlers.discarding());
            }
            assertThat(bodies).containsExactly("aaa`aa", "aaaaaa");
        }

        @Test
        void passesRequestsAndCountsThem() throws Exception {
            assertThat(put("/a?partNumber=1", 300_000).body()).hasSize(1000);
            assertThat(put("/b", 0).statusCode()).isEqualTo(200);
            assertThat(seenByServer).containsExactly("PUT /a?partNumber=1 300000", "PUT /b 0");
            assertThat(proxy.requests()).hasSize(2).first().satisfies(request -> {
                assertThat(request.path()).isEqualTo("/a");
                assertThat(request.hasParameter("partNumber")).isTrue();
                assertThat(request.header("content-length")).contains("300000");
            });
            assertThat(proxy.connections()).isEqualTo(1);
            assertThat(proxy.bytesToServer()).isGreaterThan(300_000);
            assertThat(proxy.bytesToClient()).isGreaterThan(2000);
        }

        @Test
        void answersInTheServersPlace() throws Exception {
            proxy.failNext(1, request -> request.method().equals("PUT"), RequestFault.slowDown());
            HttpResponse<String> refused = put("/a", 200_000);
            assertThat(refused.statusCode()).isEqualTo(503);
            assertThat(refused.body()).contains("SlowDown");
            assertThat(put("/b", 10).statusCode()).isEqualTo(200);
            assertThat(seenByServer).containsExactly("PUT /b 10");
            assertThat(proxy.connections())
                    .as("the connection was usable after the answer")
                    .isEqualTo(1);
        }

        @Test
        void answersAClientThatWaitsBeforeItSendsItsBody() throws Exception {
            proxy.respond(500, "<Error/>");
            java.net.http.HttpRequest request = java.net.http.HttpRequest.newBuilder(
                            proxy.uri().resolve("/a"))
                    .timeout(LONG_ENOUGH)
                    .expectContinue(true)
                    .PUT(BodyPublishers.ofByteArray(new byte[100_000]))
                    .build();
            assertThat(client.send(request, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(500);
            proxy.pass();
            assertThat(client.send(request, BodyHandlers.ofString()).statusCode())
                    .isEqualTo(200);
        }

        @Test
        void answersHeadWithoutABody() throws Exception {
            proxy.respond(403, "<Error/>");
            HttpResponse<String> response = client.send(
                    java.net.http.HttpRequest.newBuilder(proxy.uri().resolve("/a"))
                            .timeout(LONG_ENOUGH)
                            .HEAD()
                            .build(),
                    BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(403);
            assertThat(response.body()).isEmpty();
        }

        @Test
        void resetsOnlyMatchingRequests() throws Exception {
            proxy.fail(request -> request.path().equals("/bad"), new RequestFault.Reset());
            assertThatThrownBy(() -> put("/bad", 10)).isInstanceOf(IOException.class);
            assertThat(put("/good", 10).statusCode()).isEqualTo(200);
            assertThat(seenByServer).containsExactly("PUT /good 10");
        }

        @Test
        void losesTheAnswerOfARequestThatWasPerformed() throws Exception {
            proxy.failNext(1, request -> true, RequestFault.loseReply());
            assertThatThrownBy(() -> put("/a", 10)).isInstanceOf(IOException.class);
            assertThat(seenByServer.poll(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo("PUT /a 10");
            assertThat(put("/b", 10).statusCode()).isEqualTo(200);
        }

        @Test
        void holdsRequestsUntilTheyAreReleased() throws Exception {
            HeldRequests held = proxy.hold(2, request -> request.path().startsWith("/held"));
            CompletableFuture<HttpResponse<String>> first =
                    client.sendAsync(request("/held1", 5), BodyHandlers.ofString());
            CompletableFuture<HttpResponse<String>> second =
                    client.sendAsync(request("/held2", 5), BodyHandlers.ofString());
            held.awaitArrival(LONG_ENOUGH);
            put("/other", 5);
            assertThat(seenByServer).containsExactly("PUT /other 5");
            held.release();
            assertThat(first.get(Patience.SECONDS, TimeUnit.SECONDS).statusCode())
                    .isEqualTo(200);
            assertThat(second.get(Patience.SECONDS, TimeUnit.SECONDS).statusCode())
                    .isEqualTo(200);
        }

        @Test
        void neverAnswersAHangingRequest() throws Exception {
            proxy.failNext(1, request -> true, new RequestFault.Hang());
            java.net.http.HttpRequest impatient = java.net.http.HttpRequest.newBuilder(
                            proxy.uri().resolve("/a"))
                    .timeout(Duration.ofMillis(300))
                    .build();
            assertThatThrownBy(() -> client.send(impatient, BodyHandlers.ofString()))
                    .isInstanceOf(java.net.http.HttpTimeoutException.class);
            assertThat(seenByServer).isEmpty();
        }

        @Test
        void delaysBothDirections() throws Exception {
            put("/warm", 1);
            proxy.delay(Duration.ofMillis(150));
            long start = System.nanoTime();
            put("/a", 1);
            assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(Duration.ofMillis(300), LONG_ENOUGH);
        }
    }

    /** Plain sockets show exactly what each peer sees. */
    @Nested
    class BetweenTcpPeers {
        private ServerSocket listener;
        private FaultProxy proxy;

        @BeforeEach
        void start() throws IOException {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
            listener.setSoTimeout(Patience.MILLIS);
            proxy = FaultProxy.tcp(listener.getLocalPort());
        }

        @AfterEach
        void stop() throws IOException {
            proxy.close();
            listener.close();
        }

        private Socket connect() throws IOException {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), proxy.port());
            socket.setSoTimeout(Patience.MILLIS);
            return socket;
        }

        private Socket accept() throws IOException {
            Socket socket = listener.accept();
            socket.setSoTimeout(Patience.MILLIS);
            return socket;
        }

        @Test
        void passesTheEndOfOneDirectionAndKeepsTheOther() throws Exception {
            try (Socket client = connect();
                    Socket server = accept()) {
                client.getOutputStream().write(new byte[] {1, 2, 3});
                client.shutdownOutput();
                assertThat(server.getInputStream().readAllBytes()).containsExactly(1, 2, 3);
                server.getOutputStream().write(4);
                server.shutdownOutput();
                assertThat(client.getInputStream().readAllBytes()).containsExactly(4);
            }
        }

        @Test
        void cutsNormallyAfterSoManyBytes() throws Exception {
            proxy.cutAfter(FaultProxy.Direction.TO_SERVER, 100_000, FaultProxy.Ending.FIN);
            try (Socket client = connect();
                    Socket server = accept()) {
                CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> readAll(server));
                // The client can continue to write, as to a peer that is still answering.
                client.getOutputStream().write(new byte[300_000]);
                assertThat(received.get(Patience.SECONDS, TimeUnit.SECONDS)).hasSize(100_000);
                assertThat(client.getInputStream().read()).isEqualTo(-1);
            }
        }

        @Test
        void cutsWithAResetAfterSoManyBytes() throws Exception {
            try (Socket client = connect();
                    Socket server = accept()) {
                server.getOutputStream().write(new byte[10]);
                assertThat(client.getInputStream().readNBytes(10)).hasSize(10);
                proxy.cutAfter(FaultProxy.Direction.TO_CLIENT, 50, FaultProxy.Ending.RST);
                server.getOutputStream().write(new byte[80]);
                assertThat(client.getInputStream().readNBytes(50)).hasSize(50);
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
                assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
            }
        }

        @Test
        void refusesAndServesAgainOnTheSamePort() throws Exception {
            try (Socket client = connect();
                    Socket server = accept()) {
                proxy.refuse();
                assertThatThrownBy(() -> client.getInputStream().read()).isInstanceOf(SocketException.class);
                assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketException.class);
            }
            assertThatThrownBy(this::connect).isInstanceOf(ConnectException.class);
            proxy.pass();
            try (Socket client = connect();
                    Socket server = accept()) {
                client.getOutputStream().write(7);
                assertThat(server.getInputStream().read()).isEqualTo(7);
            }
            assertThat(proxy.connections()).isEqualTo(2);
        }

        @Test
        void hangsAndContinues() throws Exception {
            try (Socket client = connect();
                    Socket server = accept()) {
                proxy.hang();
                client.getOutputStream().write(9);
                server.setSoTimeout(300);
                assertThatThrownBy(() -> server.getInputStream().read()).isInstanceOf(SocketTimeoutException.class);
                proxy.pass();
                server.setSoTimeout(Patience.MILLIS);
                assertThat(server.getInputStream().read()).isEqualTo(9);
            }
        }

        @Test
        void delayDoesNotLimitThroughput() throws Exception {
            proxy.delay(Duration.ofMillis(100));
            byte[] sent = new byte[16 * 1024 * 1024];
            Arrays.fill(sent, (byte) 3);
            try (Socket client = connect();
                    Socket server = accept()) {
                CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> readAll(server));
                long start = System.nanoTime();
                client.getOutputStream().write(sent);
                client.shutdownOutput();
                assertThat(received.get(Patience.SECONDS, TimeUnit.SECONDS)).isEqualTo(sent);
                // 256 chunks of 64 KiB, each delayed separately, would take 25 s.
                assertThat(Duration.ofNanos(System.nanoTime() - start))
                        .isBetween(Duration.ofMillis(100), Duration.ofSeconds(10));
            }
        }

        @Test
        void buffersLittleForASlowReader() throws Exception {
            try (Socket client = connect();
                    Socket server = accept()) {
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> {
                    try {
                        client.getOutputStream().write(new byte[64 * 1024 * 1024]);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                });
                assertThat(server.getInputStream().read()).isEqualTo(0);
                assertThatThrownBy(() -> writing.get(500, TimeUnit.MILLISECONDS))
                        .isInstanceOf(java.util.concurrent.TimeoutException.class);
                proxy.resetConnections();
                assertThatThrownBy(() -> writing.get(Patience.SECONDS, TimeUnit.SECONDS))
                        .hasRootCauseInstanceOf(SocketException.class);
            }
        }

        private byte[] readAll(Socket socket) {
            try {
                return socket.getInputStream().readAllBytes();
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
        }
    }

    @Nested
    @S3Store
    class BetweenTheSdkAndS3 {
        @Test
        void theSdkRetriesRefusedRequests(S3Bucket bucket) throws Exception {
            try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri());
                    S3AsyncClient client = bucket.endpoint().at(proxy.uri()).newClient()) {
                // The signature covers the Host header, which contains the proxy's port: the store must accept that.
                proxy.failNext(2, request -> request.method().equals("PUT"), RequestFault.slowDown());
                byte[] content = new byte[3_000_000];
                client.putObject(r -> r.bucket(bucket.name()).key("k"), AsyncRequestBody.fromBytes(content))
                        .get(Patience.SECONDS, TimeUnit.SECONDS);
                assertThat(proxy.requests()).hasSize(3);
                proxy.failNext(1, request -> request.method().equals("GET"), RequestFault.loseReply());
                assertThat(client.getObject(r -> r.bucket(bucket.name()).key("k"), AsyncResponseTransformer.toBytes())
                                .get(Patience.SECONDS, TimeUnit.SECONDS)
                                .asByteArray())
                        .isEqualTo(content);
            }
        }
    }
}
