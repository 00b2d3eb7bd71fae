package dev.slipway.admin.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.socket.SocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObject;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: passes each request to the handler, and reads the next one when it has been answered. Everything runs
 * on the connection's event loop and never blocks. Bytes are read only on demand.
 *
 * <p>This is one file because it is one state machine: which phase may follow which, and what a message, a deadline or an
 * answer means in each, can only be judged together. What has no part in it is elsewhere: {@link NettyExchange} has the
 * request and the response, {@link Connections} the number of connections.
 */
final class ConnectionHandler extends ChannelInboundHandlerAdapter {
    private static final Logger log = LoggerFactory.getLogger(ConnectionHandler.class);

    /** Up to this many bytes of an early answered request are read, so that the client reads the response. */
    private static final int MOST_DISCARDED = 1024 * 1024;

    /** How many requests may wait for their turn: each takes far more memory than its bytes. */
    private static final int MOST_AHEAD = 16;

    private static final Duration LINGER = Duration.ofSeconds(2);

    private final HttpListener listener;
    private final Connections.Admitted place;
    private final Channel channel;
    private Phase phase = Phase.HEAD;
    private @Nullable Future<?> deadline;
    private @Nullable NettyExchange exchange;
    private boolean bodyWanted;
    private boolean bodyOver;

    /** Whether the body is taken piece by piece, with a deadline for each. */
    private boolean pieces;

    private boolean answered;
    private boolean reading;
    private boolean wanted;
    private boolean keepAlive;
    private long discarded;
    private int requestsAhead;

    /** What happens next on a connection. */
    private enum Phase {
        /** The next request has not begun. */
        IDLE,
        /** The head of a request arrives. */
        HEAD,
        /** A request is being answered; its body may be arriving. */
        ANSWERING,
        /** The request was answered; what is left of its body arrives. */
        DISCARDING,
        CLOSED
    }

    ConnectionHandler(HttpListener listener, Connections.Admitted place, Channel channel) {
        this.listener = listener;
        this.place = place;
        this.channel = channel;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        expect(listener.settings().requestTimeout());
        readMore();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        phase = Phase.CLOSED;
        cancelDeadline();
        place.leave();
        if (exchange != null) {
            exchange.finish();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (exchange != null) {
            exchange.writabilityChanged();
        }
    }

    /** Bytes of a request have arrived earlier than expected. */
    void begins() {
        if (phase == Phase.IDLE) {
            phase = Phase.HEAD;
            expect(listener.settings().requestTimeout());
        }
    }

    /** Another request was received; closes the connection if too many wait for their turn. Returns whether it may wait. */
    boolean queue() {
        if (++requestsAhead <= MOST_AHEAD) {
            return true;
        }
        if (requestsAhead == MOST_AHEAD + 1) {
            listener.closed(Closing.AHEAD);
        }
        ChannelFuture _ = channel.close();
        return false;
    }

    private void expect(Duration time) {
        cancelDeadline();
        deadline = channel.eventLoop().schedule(this::isLate, time.toNanos(), TimeUnit.NANOSECONDS);
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel(false);
            deadline = null;
        }
    }

    private void isLate() {
        deadline = null;
        if (phase == Phase.IDLE) {
            ChannelFuture _ = channel.close();
            return;
        }
        if (phase == Phase.HEAD || phase == Phase.ANSWERING) {
            listener.closed(Closing.SLOW);
        }
        if (phase == Phase.ANSWERING && exchange != null) {
            // The thread that waits for the body reports it; nothing is read after that response.
            keepAlive = false;
            exchange.bodyFailed("the body did not arrive in time");
        } else if (phase == Phase.HEAD) {
            refuse(HttpResponseStatus.REQUEST_TIMEOUT, "the request did not arrive in time");
        } else {
            ChannelFuture _ = channel.close();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            ChannelOutboundBuffer pending = channel.unsafe().outboundBuffer();
            if (pending != null && pending.totalPendingWriteBytes() > 0) {
                listener.closed(Closing.UNREAD);
                ChannelFuture _ = channel.close();
            }
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    /** Asks for the next message, now or when this one has been dealt with. */
    private void readMore() {
        wanted = true;
        if (!reading) {
            channel.read();
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        reading = false;
        if (wanted) {
            // Less than a message has arrived: each read cycle needs a new request.
            context.read();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        reading = true;
        wanted = false;
        try {
            if (phase == Phase.CLOSED || !channel.isActive()) {
                return;
            }
            if (message instanceof HttpRequest) {
                requestsAhead--;
            }
            if (message instanceof HttpObject object && object.decoderResult().isFailure()) {
                malformed(object.decoderResult().cause());
            } else if (message instanceof HttpRequest request) {
                if (phase == Phase.IDLE || phase == Phase.HEAD) {
                    head(request);
                }
            } else if (message instanceof HttpContent content) {
                content(content);
            }
        } finally {
            ReferenceCountUtil.release(message);
        }
    }

    private void malformed(Throwable cause) {
        if (phase == Phase.DISCARDING) {
            return;
        }
        if (phase == Phase.ANSWERING && exchange != null) {
            keepAlive = false;
            exchange.bodyFailed("the body has an invalid transfer encoding");
        } else if (cause instanceof TooLongHttpLineException) {
            refuse(HttpResponseStatus.REQUEST_URI_TOO_LONG, "the first line is too long");
        } else if (cause instanceof TooLongHttpHeaderException) {
            refuse(HttpResponseStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the headers are too long");
        } else {
            refuse(HttpResponseStatus.BAD_REQUEST, "the request is not HTTP/1.1");
        }
    }

    private void head(HttpRequest request) {
        keepAlive = HttpUtil.isKeepAlive(request) && request.protocolVersion().equals(HttpVersion.HTTP_1_1);
        bodyWanted = false;
        bodyOver = false;
        pieces = false;
        answered = false;
        discarded = 0;
        List<String> hosts = request.headers().getAll(HttpHeaderNames.HOST);
        if (!request.uri().startsWith("/")) {
            refuse(HttpResponseStatus.BAD_REQUEST, "the request target must be a path that begins with /");
            return;
        }
        if (hosts.size() > 1 || (hosts.isEmpty() && request.protocolVersion().equals(HttpVersion.HTTP_1_1))) {
            refuse(HttpResponseStatus.BAD_REQUEST, "the request must have exactly one Host header");
            return;
        }
        NettyExchange begun = new NettyExchange(this, request, channel);
        if (!hosts.isEmpty()
                && !listener.hosts().accepts(hosts.getFirst().strip())
                && !listener.isOpenToAllHosts(begun.path())) {
            listener.closed(Closing.HOST);
            refuse(
                    HttpResponseStatus.MISDIRECTED_REQUEST,
                    "this listener does not answer to the name in the Host header; to allow it, add it to admin.hosts");
            return;
        }
        phase = Phase.ANSWERING;
        exchange = begun;
        if (!begun.hasBody()) {
            // Only the end of the request is missing, which need not be waited for.
            cancelDeadline();
            place.isBusy();
        }
        listener.answer(begun);
    }

    private void content(HttpContent content) {
        boolean last = content instanceof LastHttpContent;
        bodyOver |= last;
        switch (phase) {
            case ANSWERING -> {
                if (exchange == null) {
                    return;
                }
                if (last) {
                    cancelDeadline();
                    place.isBusy();
                }
                if (exchange.take(content.content(), last) && !last) {
                    if (pieces) {
                        expect(listener.settings().answerTimeout());
                    }
                    readMore();
                } else if (pieces) {
                    // The next piece is not awaited yet.
                    cancelDeadline();
                }
            }
            case DISCARDING -> {
                discarded += content.content().readableBytes();
                if (last) {
                    next();
                } else if (discarded > MOST_DISCARDED && !pieces) {
                    ChannelFuture _ = channel.close();
                } else {
                    readMore();
                }
            }
            case IDLE, HEAD, CLOSED -> {}
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof IOException || !channel.isActive()) {
            log.debug("A connection broke: {}", cause.toString());
        } else if (cause.getCause() instanceof IOException tls) {
            log.debug("A connection was invalid: {}", tls.toString());
        } else {
            log.warn("A connection failed", cause);
        }
        ChannelFuture _ = channel.close();
    }

    // Called by handlers, from their own threads

    private void execute(Runnable task) {
        try {
            channel.eventLoop().execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("The listener was closed before a request was answered");
        }
    }

    /** The body is requested; sends 100 Continue if the client waits for it. */
    void readBody(boolean continues) {
        execute(() -> {
            if (phase == Phase.ANSWERING && !bodyWanted) {
                wantBody(continues);
                readMore();
            }
        });
    }

    private void wantBody(boolean continues) {
        if (!bodyWanted && continues) {
            FullHttpResponse go = new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1, HttpResponseStatus.CONTINUE, Unpooled.EMPTY_BUFFER);
            ChannelFuture _ = channel.writeAndFlush(go);
        }
        bodyWanted = true;
    }

    /** The body is taken piece by piece: while none is requested, it is not the client that takes long. */
    void takesPieces() {
        execute(() -> {
            if (phase == Phase.ANSWERING && !bodyOver) {
                pieces = true;
                cancelDeadline();
            }
        });
    }

    /** A piece of the body is requested. */
    void readPiece(boolean continues) {
        execute(() -> {
            if (phase == Phase.ANSWERING && !bodyOver) {
                expect(listener.settings().answerTimeout());
                wantBody(continues);
                readMore();
            }
        });
    }

    void isBusy() {
        place.isBusy();
    }

    /** From now on, the connection may be closed to make room for others. */
    void waits() {
        place.waits();
    }

    ByteBudget bodies() {
        return listener.bodies();
    }

    ByteBudget answers() {
        return listener.answers();
    }

    /** @param whole whether this is all of the answer */
    void write(HttpResponse response, boolean whole) {
        execute(() -> {
            if (phase != Phase.ANSWERING || answered) {
                ReferenceCountUtil.release(response);
                return;
            }
            answered = true;
            boolean chunked = HttpUtil.isTransferEncodingChunked(response);
            boolean delimited = whole || chunked || HttpUtil.isContentLengthSet(response);
            keepAlive &= delimited;
            HttpUtil.setKeepAlive(response, keepAlive);
            ChannelFuture written = channel.writeAndFlush(response);
            if (whole) {
                written.addListener((ChannelFutureListener) this::isAnswered);
            }
        });
    }

    void write(ByteBuf bytes) {
        ChannelFuture _ = channel.writeAndFlush(new DefaultHttpContent(bytes));
    }

    void end() {
        channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT).addListener((ChannelFutureListener) this::isAnswered);
    }

    /** The handler has returned. */
    void handled(NettyExchange handled) {
        execute(() -> {
            // The connection may already be at its next request.
            if (exchange == handled && !handled.isEnded()) {
                ChannelFuture _ = channel.close();
            }
        });
    }

    private void isAnswered(ChannelFuture written) {
        if (!written.isSuccess()) {
            ChannelFuture _ = channel.close();
            return;
        }
        if (phase != Phase.ANSWERING) {
            return;
        }
        if (exchange != null) {
            exchange.finish();
            exchange = null;
        }
        if (bodyOver) {
            next();
            return;
        }
        phase = Phase.DISCARDING;
        place.waits();
        if (!keepAlive) {
            linger();
        } else if (deadline == null) {
            expect(listener.settings().requestTimeout());
        }
        readMore();
    }

    private void next() {
        if (!keepAlive) {
            ChannelFuture _ = channel.close();
            return;
        }
        phase = Phase.IDLE;
        place.waits();
        expect(listener.settings().idleTimeout());
        readMore();
    }

    /** Further input is read for a moment: after a reset, the client could not read the response. */
    private void linger() {
        expect(LINGER);
        SslHandler tls = channel.pipeline().get(SslHandler.class);
        if (tls != null) {
            ChannelFuture _ = tls.closeOutbound();
        } else if (channel instanceof SocketChannel socket) {
            ChannelFuture _ = socket.shutdownOutput();
        }
    }

    /** Sends a response without calling the handler, and closes. */
    private void refuse(HttpResponseStatus status, String reason) {
        cancelDeadline();
        phase = Phase.CLOSED;
        byte[] body =
                ("{\"status\":" + status.code() + ",\"detail\":\"" + reason + "\"}\n").getBytes(StandardCharsets.UTF_8);
        FullHttpResponse response =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body));
        NettyExchange.fill(response, Map.of("Content-Type", "application/problem+json"));
        response.headers().setInt(HttpHeaderNames.CONTENT_LENGTH, body.length);
        response.headers().set(HttpHeaderNames.CONNECTION, HttpHeaderValues.CLOSE);
        channel.writeAndFlush(response).addListener((ChannelFutureListener) this::isRefused);
    }

    private void isRefused(ChannelFuture written) {
        if (!written.isSuccess()) {
            ChannelFuture _ = channel.close();
            return;
        }
        phase = Phase.DISCARDING;
        keepAlive = false;
        linger();
        readMore();
    }
}
