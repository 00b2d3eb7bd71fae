package dev.slipway.admin.http;

import dev.slipway.core.net.TlsGroups;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioEventLoopGroup;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.flow.FlowControlHandler;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.GlobalEventExecutor;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server for HTTP/1.1, with or without TLS. One thread reads and never blocks; each request whose head has arrived is
 * handled on its own virtual thread.
 */
public final class HttpListener implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(HttpListener.class);

    private static final int LONGEST_LINE = 8 * 1024;
    private static final int LONGEST_HEADERS = 16 * 1024;

    /** How much is read from a connection at a time, and the largest piece of a body, in bytes. */
    static final int PIECE = 8 * 1024;

    /** Memory for all request bodies, and for all unread responses to unauthenticated clients, in bytes. */
    private static final long MOST_BODIES = 16 * 1024 * 1024;

    private static final long MOST_ANSWERS = 8 * 1024 * 1024;

    private final HttpHandler handler;
    private final HttpSettings settings;
    private final HostCheck hosts;
    private final Set<String> openToAllHosts;
    private final Connections connections;
    private final Map<Closing, Counter> closings = new EnumMap<>(Closing.class);
    private final ByteBudget bodies = new ByteBudget(MOST_BODIES);
    private final ByteBudget answers = new ByteBudget(MOST_ANSWERS);
    private final NioEventLoopGroup loop = new NioEventLoopGroup(1, new DefaultThreadFactory("admin-http", true));
    private final ChannelGroup open = new DefaultChannelGroup(GlobalEventExecutor.INSTANCE);
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("admin-", 0).factory());

    /** Handshakes only need CPU time, and must not occupy the carriers of the virtual threads that serve all sessions. */
    private final ExecutorService handshakes = Executors.newFixedThreadPool(
            Math.max(1, Runtime.getRuntime().availableProcessors() / 2),
            Thread.ofPlatform().name("admin-tls-", 0).daemon().factory());

    private final Channel server;

    /**
     * Starts to listen.
     *
     * @param address port 0 picks a free one
     * @param tls null to speak plain HTTP
     * @param settings whose address and port are resolved in {@code address}
     * @param openToAllHosts paths that are answered whatever {@code Host} says
     * @throws IOException if the address is not available
     */
    public HttpListener(
            InetSocketAddress address,
            @Nullable SSLContext tls,
            HttpSettings settings,
            Set<String> openToAllHosts,
            HttpHandler handler,
            MeterRegistry metrics)
            throws IOException {
        this.settings = settings;
        this.hosts = HostCheck.of(settings);
        this.openToAllHosts = Set.copyOf(openToAllHosts);
        this.handler = handler;
        connections = new Connections(settings.maxConnections(), settings.connectionsPerAddress());
        Gauge.builder("slipway.http.connections", connections, Connections::count)
                .description("Connections to the HTTP listener")
                .register(metrics);
        for (Closing closing : Closing.values()) {
            closings.put(
                    closing,
                    Counter.builder("slipway.http.refused")
                            .description("Connections and requests that the HTTP listener ended, by reason")
                            .tag("reason", closing.name().toLowerCase(Locale.ROOT))
                            .register(metrics));
        }
        ServerBootstrap bootstrap = new ServerBootstrap()
                .group(loop)
                .channel(NioServerSocketChannel.class)
                .option(ChannelOption.SO_BACKLOG, 1024)
                .option(ChannelOption.SO_REUSEADDR, true)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childOption(ChannelOption.AUTO_READ, false)
                .childOption(ChannelOption.RCVBUF_ALLOCATOR, new FixedRecvByteBufAllocator(PIECE).maxMessagesPerRead(1))
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        accept(channel, tls);
                    }
                });
        try {
            server = bootstrap.bind(address).syncUninterruptibly().channel();
        } catch (RuntimeException | Error e) {
            close(null);
            throw e;
        } catch (Exception e) {
            // syncUninterruptibly throws what bind failed with, without declaring it.
            close(null);
            throw e instanceof IOException io ? io : new IOException(e);
        }
    }

    private void accept(SocketChannel channel, @Nullable SSLContext tls) {
        Connections.Admitted place = connections.take(channel.remoteAddress().getAddress(), () -> {
            closed(Closing.REPLACED);
            ChannelFuture _ = channel.close();
        });
        if (place == null) {
            closed(Closing.FULL);
            ChannelFuture _ = channel.close();
            return;
        }
        channel.closeFuture().addListener(_ -> place.leave());
        open.add(channel);
        ConnectionHandler connection = new ConnectionHandler(this, place, channel);
        ChannelPipeline pipeline = channel.pipeline();
        if (tls != null) {
            SSLEngine engine = tls.createSSLEngine();
            engine.setUseClientMode(false);
            engine.setEnabledProtocols(new String[] {"TLSv1.3", "TLSv1.2"});
            TlsGroups.withoutCostly(engine);
            SslHandler secured = new SslHandler(engine, handshakes);
            secured.setHandshakeTimeout(settings.requestTimeout().toMillis(), TimeUnit.MILLISECONDS);
            pipeline.addLast("tls", secured);
        }
        pipeline.addLast(new IdleStateHandler(true, 0, settings.answerTimeout().toMillis(), 0, TimeUnit.MILLISECONDS));
        pipeline.addLast(new ChannelInboundHandlerAdapter() {
            @Override
            public void channelRead(ChannelHandlerContext context, Object message) {
                connection.begins();
                context.fireChannelRead(message);
            }
        });
        pipeline.addLast(new HttpServerCodec(new HttpDecoderConfig()
                .setMaxInitialLineLength(LONGEST_LINE)
                .setMaxHeaderSize(LONGEST_HEADERS)
                .setMaxChunkSize(PIECE)
                .setHeadersFactory(CountedHeaders.FACTORY)
                .setTrailersFactory(CountedHeaders.FACTORY)));
        pipeline.addLast(new RequestsAhead(connection));
        pipeline.addLast(new FlowControlHandler());
        pipeline.addLast(connection);
    }

    /** The listening address. */
    public InetSocketAddress address() {
        return (InetSocketAddress) server.localAddress();
    }

    HttpSettings settings() {
        return settings;
    }

    HostCheck hosts() {
        return hosts;
    }

    boolean isOpenToAllHosts(String path) {
        return openToAllHosts.contains(path);
    }

    void closed(Closing reason) {
        Counter counter = closings.get(reason);
        if (counter != null) {
            counter.increment();
        }
    }

    /** The memory for bodies of requests. */
    ByteBudget bodies() {
        return bodies;
    }

    /** The memory for responses to unauthenticated clients. */
    ByteBudget answers() {
        return answers;
    }

    void answer(NettyExchange exchange) {
        executor.execute(() -> {
            try {
                handler.handle(exchange);
            } catch (IOException e) {
                log.debug("A client disconnected: {}", e.toString());
            } catch (RuntimeException e) {
                log.error("{} {} failed because of an internal error", exchange.method(), exchange.path(), e);
            } finally {
                exchange.handled();
            }
        });
    }

    /** Stops listening and closes all connections. Does not wait for responses that are being written. */
    @Override
    public void close() {
        close(server);
    }

    private void close(@Nullable Channel listening) {
        if (listening != null) {
            listening.close().syncUninterruptibly();
        }
        open.close().awaitUninterruptibly();
        executor.shutdownNow();
        handshakes.shutdownNow();
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    }
}
