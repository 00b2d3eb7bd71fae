package dev.slipway.admin.http;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.util.ReferenceCountUtil;

/** Passes on what was decoded until a client has sent too many requests ahead. */
final class RequestsAhead extends ChannelInboundHandlerAdapter {
    private final ConnectionHandler connection;
    private boolean over;

    RequestsAhead(ConnectionHandler connection) {
        this.connection = connection;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        over |= message instanceof HttpRequest && !connection.queue();
        if (over) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }
}
