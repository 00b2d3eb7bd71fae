package dev.slipway.transfer.outcome;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** An HTTP server that stores requests, and gives prepared answers. */
final class Receiver implements AutoCloseable {
    private static final int TIMEOUT_SECONDS = Patience.SECONDS;

    /** A received request. */
    record Received(String path, String id, String timestamp, String signature, String mediaType, String body) {}

    /** An answer. */
    record Answer(int status, Map<String, String> headers) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
    private final BlockingQueue<Answer> answers = new ArrayBlockingQueue<>(100);
    private final AtomicReference<@Nullable CountDownLatch> hold = new AtomicReference<>();

    /** Listens on a port of loopback; 0 for a free one. */
    Receiver(int port) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        server.createContext("/", this::receive);
        server.setExecutor(threads);
        server.start();
    }

    private void receive(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            received.add(new Received(
                    exchange.getRequestURI().getPath(),
                    exchange.getRequestHeaders().getFirst("webhook-id"),
                    exchange.getRequestHeaders().getFirst("webhook-timestamp"),
                    exchange.getRequestHeaders().getFirst("webhook-signature"),
                    exchange.getRequestHeaders().getFirst("Content-Type"),
                    body));
            CountDownLatch latch = hold.get();
            if (latch != null && !latch.await(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                return;
            }
            Answer answer = answers.poll();
            if (answer == null) {
                answer = new Answer(204, Map.of());
            }
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            exchange.sendResponseHeaders(answer.status(), -1);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    int port() {
        return server.getAddress().getPort();
    }

    URI url(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /** Sets the answer to one more request; all others are confirmed. */
    void answer(int status, Map<String, String> headers) {
        answers.add(new Answer(status, headers));
    }

    /** Answers nothing until the result is counted down. */
    CountDownLatch hold() {
        CountDownLatch latch = new CountDownLatch(1);
        hold.set(latch);
        return latch;
    }

    /** Returns the next request. */
    Received next() throws InterruptedException {
        Received next = received.poll(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        if (next == null) {
            throw new AssertionError("nothing came within " + TIMEOUT_SECONDS + " s");
        }
        return next;
    }

    /** How many requests have arrived and were not taken yet. */
    int waiting() {
        return received.size();
    }

    @Override
    public void close() {
        CountDownLatch latch = hold.get();
        if (latch != null) {
            latch.countDown();
        }
        server.stop(0);
        threads.close();
    }
}
