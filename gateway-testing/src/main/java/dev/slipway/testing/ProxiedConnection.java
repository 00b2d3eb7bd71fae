package dev.slipway.testing;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A connection of a {@link FaultProxy}. Each direction has a thread that reads and decides, and one that writes; a
 * queue between them holds bytes until they are due.
 */
final class ProxiedConnection {
    private static final int READ_SIZE = 64 * 1024;
    private static final int LARGEST_HEAD = 64 * 1024;

    /** How the connection ends after the preceding bytes. */
    private enum End {
        NO,
        /** This direction has ended. */
        FIN,
        /** Both directions end normally, whatever else is in flight. */
        CUT,
        RESET
    }

    private record Chunk(ByteBuffer bytes, End end, long dueNanos) {}

    private final FaultProxy proxy;
    private final Socket client;
    private final Socket server = new Socket();
    private final Line toServer = new Line(FaultProxy.Direction.TO_SERVER, server);
    private final Line toClient;
    /** How many bytes of the current answer may pass before the connection is reset or stalls; negative: all. */
    private final AtomicLong replyAllowance = new AtomicLong(-1);

    private volatile boolean stalls;
    /** Set once the connection was cut normally: further bytes are dropped. */
    private volatile boolean dropping;

    @GuardedBy("this")
    private int finishedDirections;

    ProxiedConnection(FaultProxy proxy, Socket client) {
        this.proxy = proxy;
        this.client = client;
        this.toClient = new Line(FaultProxy.Direction.TO_CLIENT, client);
    }

    void start(InetSocketAddress address) {
        run("connect", () -> {
            client.setTcpNoDelay(true);
            server.connect(address, 10_000);
            server.setTcpNoDelay(true);
            run("to-server-write", toServer::write);
            run("to-client-write", toClient::write);
            run("to-client-read", this::readFromServer);
            if (proxy.isHttp()) {
                readRequests();
            } else {
                readFromClient();
            }
        });
    }

    /** Ends both connections with a reset. */
    void reset() {
        closeWithReset(client);
        closeWithReset(server);
        toServer.abandon();
        toClient.abandon();
        proxy.forget(this);
    }

    private interface Step {
        void run() throws IOException, InterruptedException;
    }

    private void run(String name, Step step) {
        Thread.ofVirtual().name("fault-proxy-" + name).start(() -> {
            try {
                step.run();
            } catch (IOException e) {
                // If one side has failed, fail the other side in the same way.
                reset();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                reset();
            } catch (RuntimeException e) {
                reset();
                throw e;
            }
        });
    }

    private void readFromClient() throws IOException, InterruptedException {
        InputStream input = client.getInputStream();
        byte[] buffer = new byte[READ_SIZE];
        for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
            proxy.awaitPassage();
            toServer.pass(buffer, 0, count);
        }
        proxy.awaitPassage();
        toServer.end(End.FIN);
    }

    private void readFromServer() throws IOException, InterruptedException {
        InputStream input = server.getInputStream();
        byte[] buffer = new byte[READ_SIZE];
        for (int count = input.read(buffer); count >= 0; count = input.read(buffer)) {
            proxy.awaitPassage();
            long allowance = replyAllowance.get();
            if (allowance < 0 || isInterim(buffer, count)) {
                toClient.pass(buffer, 0, count);
            } else if (count < allowance) {
                replyAllowance.set(allowance - count);
                toClient.pass(buffer, 0, count);
            } else {
                toClient.pass(buffer, 0, (int) allowance);
                if (!stalls) {
                    toClient.end(End.RESET);
                    return;
                }
                replyAllowance.set(0);
            }
        }
        proxy.awaitPassage();
        toClient.end(End.FIN);
    }

    /** "100 Continue" does not answer the request; servers send it on their own. */
    private static boolean isInterim(byte[] buffer, int count) {
        return new String(buffer, 0, Math.min(count, 12), StandardCharsets.ISO_8859_1).equals("HTTP/1.1 100");
    }

    private void readRequests() throws IOException, InterruptedException {
        InputStream input = client.getInputStream();
        Pending pending = new Pending(input);
        for (byte @Nullable [] head = pending.head(); head != null; head = pending.head()) {
            proxy.awaitPassage();
            HttpRequest request = HttpRequest.parse(head);
            if (request.header("Transfer-Encoding").isPresent()) {
                throw new IOException("requests with a Transfer-Encoding are not supported: " + request);
            }
            long length = Long.parseLong(request.header("Content-Length").orElse("0"));
            @Nullable RequestFault fault = proxy.judge(request);
            switch (fault) {
                case null -> {
                    stalls = false;
                    replyAllowance.set(-1);
                    toServer.pass(head, 0, head.length);
                    pending.body(length, toServer);
                }
                case RequestFault.CutReply(long bytes) -> {
                    stalls = false;
                    replyAllowance.set(bytes);
                    toServer.pass(head, 0, head.length);
                    pending.body(length, toServer);
                }
                case RequestFault.StallReply(long bytes) -> {
                    stalls = true;
                    replyAllowance.set(bytes);
                    toServer.pass(head, 0, head.length);
                    pending.body(length, toServer);
                }
                case RequestFault.Damage(long offset) -> {
                    stalls = false;
                    replyAllowance.set(-1);
                    toServer.pass(head, 0, head.length);
                    pending.body(Math.min(offset, length), toServer);
                    if (offset < length) {
                        pending.damagedByte(toServer);
                        pending.body(length - offset - 1, toServer);
                    }
                }
                case RequestFault.Reset() -> {
                    reset();
                    return;
                }
                case RequestFault.Hang() -> pending.body(Long.MAX_VALUE, null);
                case RequestFault.Respond(int status, String body) -> {
                    boolean waits = request.header("Expect").isPresent();
                    if (!waits) {
                        pending.body(length, null);
                    }
                    respond(request, status, body, waits);
                    if (waits) {
                        // The client may send its body nevertheless: read it.
                        toClient.end(End.FIN);
                        pending.body(Long.MAX_VALUE, null);
                    }
                }
            }
        }
        toServer.end(End.FIN);
    }

    private void respond(HttpRequest request, int status, String body, boolean last) throws InterruptedException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + status + " Fault\r\nContent-Type: application/xml\r\nContent-Length: "
                + content.length + (last ? "\r\nConnection: close" : "") + "\r\n\r\n";
        ByteArrayOutputStream response = new ByteArrayOutputStream();
        response.writeBytes(head.getBytes(StandardCharsets.ISO_8859_1));
        if (!request.method().equals("HEAD")) {
            response.writeBytes(content);
        }
        toClient.pass(response.toByteArray(), 0, response.size());
    }

    private static void closeWithReset(Socket socket) {
        try {
            // Includes a socket that is connecting: its peer may have accepted it already.
            socket.setSoLinger(true, 0);
        } catch (IOException e) {
            // Already closed.
        }
        closeQuietly(socket);
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException e) {
            // Nothing left to do.
        }
    }

    /** Bytes that were read from the client and not used yet. */
    private final class Pending {
        private final InputStream input;
        private final byte[] buffer = new byte[READ_SIZE];
        private int start;
        private int end;

        private Pending(InputStream input) {
            this.input = input;
        }

        /** The next request's head, or null at the end of the stream, even within a head. */
        private byte @Nullable [] head() throws IOException {
            ByteArrayOutputStream head = new ByteArrayOutputStream();
            int matched = 0;
            while (matched < 4) {
                if (start == end && !fill()) {
                    return null;
                }
                byte next = buffer[start++];
                head.write(next);
                boolean expected = next == (matched % 2 == 0 ? '\r' : '\n');
                matched = expected ? matched + 1 : next == '\r' ? 1 : 0;
                if (head.size() > LARGEST_HEAD) {
                    throw new IOException("a head of more than " + LARGEST_HEAD + " bytes");
                }
            }
            return head.toByteArray();
        }

        /** Passes the next bytes, up to the end of the stream, to the line; drops them if there is none. */
        private void body(long length, @Nullable Line line) throws IOException, InterruptedException {
            long remaining = length;
            while (remaining > 0) {
                if (start == end && !fill()) {
                    return;
                }
                proxy.awaitPassage();
                int count = (int) Math.min(remaining, end - start);
                if (line != null) {
                    line.pass(buffer, start, count);
                }
                start += count;
                remaining -= count;
            }
        }

        /** Passes the next byte, changed; nothing at the end of the stream. */
        private void damagedByte(Line line) throws IOException, InterruptedException {
            if (start == end && !fill()) {
                return;
            }
            buffer[start] ^= 1;
            line.pass(buffer, start, 1);
            start++;
        }

        private boolean fill() throws IOException {
            start = 0;
            end = Math.max(0, input.read(buffer));
            return end > 0;
        }
    }

    /** One direction, from reading to writing. */
    private final class Line {
        private final FaultProxy.Direction direction;
        private final Socket target;

        @GuardedBy("this")
        private final ArrayDeque<Chunk> queue = new ArrayDeque<>();

        @GuardedBy("this")
        private long queuedBytes;

        @GuardedBy("this")
        private boolean abandoned;

        @GuardedBy("this")
        private FaultProxy.@Nullable Cut cut;

        @GuardedBy("this")
        private long passedSinceCut;

        private Line(FaultProxy.Direction direction, Socket target) {
            this.direction = direction;
            this.target = target;
        }

        /** Queues a copy of these bytes, or as many as may still pass. Blocks while the queue is full. */
        private synchronized void pass(byte[] buffer, int offset, int count) throws InterruptedException {
            FaultProxy.@Nullable Cut current = proxy.cut();
            if (!Objects.equals(current, cut)) {
                cut = current;
                passedSinceCut = 0;
            }
            int allowed = count;
            @Nullable End end = null;
            if (current != null && current.direction() == direction) {
                allowed = (int) Math.min(count, current.bytes() - passedSinceCut);
                passedSinceCut += allowed;
                if (passedSinceCut == current.bytes()) {
                    end = current.ending() == FaultProxy.Ending.RST ? End.RESET : End.CUT;
                }
            }
            while (queuedBytes > 0 && queuedBytes + allowed > proxy.queueLimit() && !abandoned) {
                wait();
            }
            queue.add(new Chunk(ByteBuffer.wrap(Arrays.copyOfRange(buffer, offset, offset + allowed)), End.NO, due()));
            queuedBytes += allowed;
            notifyAll();
            if (end != null) {
                end(end);
            }
        }

        private synchronized void end(End end) {
            queue.add(new Chunk(ByteBuffer.allocate(0), end, due()));
            notifyAll();
        }

        private long due() {
            return System.nanoTime() + proxy.delayNanos();
        }

        private synchronized void abandon() {
            abandoned = true;
            queue.clear();
            notifyAll();
        }

        private synchronized @Nullable Chunk take() throws InterruptedException {
            while (queue.isEmpty() && !abandoned) {
                wait();
            }
            return queue.poll();
        }

        private synchronized void written(int count) {
            queuedBytes -= count;
            notifyAll();
        }

        private void write() throws IOException, InterruptedException {
            OutputStream output = target.getOutputStream();
            for (@Nullable Chunk chunk = take(); chunk != null; chunk = take()) {
                long early = chunk.dueNanos() - System.nanoTime();
                if (early > 0) {
                    TimeUnit.NANOSECONDS.sleep(early);
                }
                switch (chunk.end()) {
                    case NO -> {
                        write(chunk.bytes().array(), output);
                        written(chunk.bytes().array().length);
                    }
                    case FIN -> {
                        finish(target);
                        return;
                    }
                    case CUT -> cutInGoodOrder();
                    case RESET -> {
                        reset();
                        return;
                    }
                }
            }
        }

        private void write(byte[] bytes, OutputStream output) throws IOException {
            if (dropping) {
                return;
            }
            try {
                output.write(bytes);
                proxy.count(direction, bytes.length);
            } catch (IOException e) {
                if (!dropping) {
                    throw e;
                }
            }
        }
    }

    /** Both peers now read the end of the stream. What they still send is read and dropped: closing would reset. */
    private synchronized void cutInGoodOrder() throws IOException {
        dropping = true;
        shutdownOutput(client);
        shutdownOutput(server);
    }

    /** One direction is complete: its source has ended and its target has been told. */
    private synchronized void finish(Socket target) throws IOException {
        shutdownOutput(target);
        finishedDirections++;
        if (finishedDirections == 2) {
            closeQuietly(client);
            closeQuietly(server);
            proxy.forget(this);
        }
    }

    private static void shutdownOutput(Socket socket) throws IOException {
        if (!socket.isOutputShutdown()) {
            socket.shutdownOutput();
        }
    }
}
