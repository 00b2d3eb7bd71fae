package dev.slipway.core.store.s3;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpObjectDecoder;
import software.amazon.awssdk.http.nio.netty.SdkEventLoopGroup;

/**
 * Makes the SDK's connections pass on received bytes in pieces as large as they were read. Netty's HTTP codec splits
 * them into pieces of 8 KiB, each of which passes through all handlers and publishers: a third of the cost of a
 * download.
 */
final class LargeReads extends ChannelInboundHandlerAdapter {
    private static final int SMALLEST_BYTES = 2 * 1024;
    private static final int LARGEST_BYTES = 128 * 1024;

    private LargeReads() {}

    /** Creates event loops with such connections; to be closed by the caller. */
    static SdkEventLoopGroup eventLoops(SdkEventLoopGroup.Builder builder) {
        return builder.channelFactory(LargeReads::newChannel).build();
    }

    private static Channel newChannel() {
        NioSocketChannel channel = new NioSocketChannel();
        channel.config()
                .setRecvByteBufAllocator(
                        new AdaptiveRecvByteBufAllocator(SMALLEST_BYTES, SMALLEST_BYTES, LARGEST_BYTES));
        channel.pipeline().addFirst(new LargeReads());
        return channel;
    }

    /**
     * At this point the SDK has installed its handlers and has not connected yet. (Once the channel is active, its
     * first request may already have been written.) Behind a proxy the SDK adds its codec after the tunnel is open;
     * that one is not replaced.
     */
    @Override
    public void channelRegistered(ChannelHandlerContext context) throws Exception {
        ChannelPipeline pipeline = context.pipeline();
        if (pipeline.get(HttpClientCodec.class) != null) {
            pipeline.replace(
                    HttpClientCodec.class,
                    "http",
                    new HttpClientCodec(
                            HttpObjectDecoder.DEFAULT_MAX_INITIAL_LINE_LENGTH,
                            HttpObjectDecoder.DEFAULT_MAX_HEADER_SIZE,
                            LARGEST_BYTES));
        }
        pipeline.remove(this);
        super.channelRegistered(context);
    }
}
