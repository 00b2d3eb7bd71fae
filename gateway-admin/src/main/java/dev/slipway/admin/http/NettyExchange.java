package dev.slipway.admin.http;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that Netty has read. Called by the handler's thread; the event loop passes in received data. */
final class NettyExchange implements HttpExchange {
    /** RFC 9110, section 5.6.7; always two digits for the day. */
    private static final DateTimeFormatter DATE =
            DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ENGLISH);

    private static final int PIECE = 64 * 1024;
    private static final int SMALL = 1024;

    private final ConnectionHandler connection;
    private final HttpRequest request;
    private final Channel channel;
    private final String path;
    private final @Nullable String query;

    private final Object lock = new Object();

    @GuardedBy("lock")
    private final ByteArrayOutputStream body = new ByteArrayOutputStream(0);

    @GuardedBy("lock")
    private int limit = -1;

    @GuardedBy("lock")
    private boolean tooLarge;

    @GuardedBy("lock")
    private boolean busy;

    @GuardedBy("lock")
    private boolean whole;

    @GuardedBy("lock")
    private @Nullable String failure;

    @GuardedBy("lock")
    private boolean ended;

    @GuardedBy("lock")
    private boolean gone;

    @GuardedBy("lock")
    private boolean kept;

    /** Null unless the body is taken piece by piece. */
    @GuardedBy("lock")
    private @Nullable ReceivedContent content;

    @GuardedBy("lock")
    private int answerBytes;

    NettyExchange(ConnectionHandler connection, HttpRequest request, Channel channel) {
        this.connection = connection;
        this.request = request;
        this.channel = channel;
        String target = request.uri();
        int mark = target.indexOf('?');
        path = mark < 0 ? target : target.substring(0, mark);
        query = mark < 0 ? null : target.substring(mark + 1);
    }

    @Override
    public String method() {
        return request.method().name();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public @Nullable String query() {
        return query;
    }

    @Override
    public @Nullable String header(String name) {
        return request.headers().get(name);
    }

    @Override
    public List<String> headers(String name) {
        return request.headers().getAll(name);
    }

    @Override
    public InetAddress peer() {
        return ((InetSocketAddress) channel.remoteAddress()).getAddress();
    }

    @Override
    public void keep() {
        synchronized (lock) {
            kept = true;
        }
        connection.isBusy();
    }

    @Override
    public boolean hasBody() {
        return HttpUtil.isTransferEncodingChunked(request) || HttpUtil.getContentLength(request, 0L) > 0;
    }

    @Override
    public byte[] body(int most) throws IOException {
        if (HttpUtil.getContentLength(request, 0L) > most) {
            throw new BodyTooLargeException(most);
        }
        if (!hasBody()) {
            return new byte[0];
        }
        synchronized (lock) {
            limit = most;
        }
        connection.readBody(HttpUtil.is100ContinueExpected(request));
        synchronized (lock) {
            try {
                while (!whole && !tooLarge && !busy && failure == null && !gone) {
                    lock.wait();
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("the listener is shutting down");
            }
            if (tooLarge) {
                throw new BodyTooLargeException(most);
            }
            if (busy) {
                throw new BusyException();
            }
            if (failure != null) {
                throw new IOException(failure);
            }
            if (!whole) {
                throw new IOException("the client disconnected before its body arrived");
            }
            return body.toByteArray();
        }
    }

    @Override
    public Content receive() throws IOException {
        if (!connection.bodies().take(ReceivedContent.MEMORY)) {
            throw new BusyException();
        }
        synchronized (lock) {
            if (gone || content != null || limit >= 0) {
                connection.bodies().giveBack(ReceivedContent.MEMORY);
                throw new IOException("the client has disconnected, or its body was already read");
            }
            content = new ReceivedContent(
                    lock,
                    HttpUtil.getContentLength(request, -1L),
                    () -> connection.readPiece(HttpUtil.is100ContinueExpected(request)));
            if (!hasBody()) {
                content.end();
            }
            connection.takesPieces();
            return content;
        }
    }

    /** Receives a piece of the body, on the event loop. Returns whether more is wanted. */
    boolean take(ByteBuf bytes, boolean last) {
        synchronized (lock) {
            if (content != null) {
                return content.take(bytes, last);
            }
            int length = bytes.readableBytes();
            if (tooLarge || busy || failure != null || gone) {
                return false;
            }
            if (body.size() + length > limit) {
                tooLarge = true;
            } else if (!connection.bodies().take(length)) {
                busy = true;
            } else {
                body.writeBytes(ByteBufUtil.getBytes(bytes));
                whole = last;
            }
            if (whole || tooLarge || busy || failure != null) {
                lock.notifyAll();
                return false;
            }
            return true;
        }
    }

    void bodyFailed(String reason) {
        synchronized (lock) {
            if (content != null) {
                content.fail(reason);
            } else if (!whole) {
                failure = reason;
            }
            lock.notifyAll();
        }
    }

    /** The connection has ended. Frees the body's memory. */
    void finish() {
        synchronized (lock) {
            if (!gone) {
                gone = true;
                connection.bodies().giveBack(body.size());
                connection.answers().giveBack(answerBytes);
                if (content != null) {
                    content.fail("the client disconnected before its body arrived");
                    connection.bodies().giveBack(ReceivedContent.MEMORY);
                }
            }
            lock.notifyAll();
        }
    }

    void writabilityChanged() {
        synchronized (lock) {
            lock.notifyAll();
        }
    }

    /** The handler has returned. */
    void handled() {
        connection.handled(this);
    }

    boolean isEnded() {
        synchronized (lock) {
            return ended;
        }
    }

    @Override
    public void answer(int status, Map<String, String> headers, byte[] content) {
        boolean known;
        synchronized (lock) {
            if (ended) {
                throw new IllegalStateException("a request can be answered only once");
            }
            ended = true;
            if (gone) {
                return;
            }
            known = kept;
            // Small responses are always sent, so that health checks always work.
            if (!known && content.length > SMALL) {
                if (!connection.answers().take(content.length)) {
                    send(503, Map.of("Retry-After", "1"), new byte[0]);
                    return;
                }
                answerBytes = content.length;
            }
        }
        if (!known) {
            connection.waits();
        }
        send(status, headers, content);
    }

    private void send(int status, Map<String, String> headers, byte[] content) {
        FullHttpResponse response = new DefaultFullHttpResponse(
                HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status), Unpooled.wrappedBuffer(content));
        fill(response, headers);
        if (status != 204 && status != 304) {
            response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, content.length);
        }
        connection.write(response, true);
    }

    static void fill(HttpResponse response, Map<String, String> headers) {
        response.headers().set(HttpHeaderNames.DATE, DATE.format(Instant.now().atOffset(ZoneOffset.UTC)));
        response.headers().set(HttpHeaderNames.CACHE_CONTROL, "no-store");
        response.headers().set("X-Content-Type-Options", "nosniff");
        headers.forEach(response.headers()::set);
    }

    @Override
    public OutputStream stream(int status, Map<String, String> headers) {
        HttpResponse response = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(status));
        fill(response, headers);
        if (request.protocolVersion().equals(HttpVersion.HTTP_1_1) && !HttpUtil.isContentLengthSet(response)) {
            HttpUtil.setTransferEncodingChunked(response, true);
        }
        boolean head = request.method().equals(HttpMethod.HEAD);
        connection.write(response, false);
        return new Body(head);
    }

    /** Output is sent as the client reads. */
    private final class Body extends OutputStream {
        private final boolean head;

        private Body(boolean head) {
            this.head = head;
        }

        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int from = offset; from < offset + length && !head; from += PIECE) {
                int size = Math.min(PIECE, offset + length - from);
                awaitReader();
                connection.write(Unpooled.copiedBuffer(bytes, from, size));
            }
        }

        private void awaitReader() throws IOException {
            synchronized (lock) {
                try {
                    while (!gone && !channel.isWritable()) {
                        lock.wait();
                    }
                    if (Thread.interrupted()) {
                        throw new InterruptedException();
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new InterruptedIOException("the response has ended");
                }
                if (gone || ended) {
                    throw new IOException("the client disconnected");
                }
            }
        }

        @Override
        public void close() {
            synchronized (lock) {
                if (ended) {
                    return;
                }
                ended = true;
            }
            connection.end();
        }
    }
}
