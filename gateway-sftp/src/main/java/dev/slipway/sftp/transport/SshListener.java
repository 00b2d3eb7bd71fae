package dev.slipway.sftp.transport;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultithreadEventLoopGroup;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.io.IoAcceptor;
import org.apache.sshd.common.io.IoHandler;
import org.apache.sshd.common.io.IoServiceFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionDisconnectHandler;
import org.apache.sshd.common.session.helpers.TimeoutIndicator;
import org.apache.sshd.netty.NettyIoAcceptor;
import org.apache.sshd.netty.NettyIoServiceFactory;
import org.apache.sshd.netty.NettyIoServiceFactoryFactory;
import org.apache.sshd.server.SshServer;

/** The listening socket and its I/O threads. */
public final class SshListener extends SshServer {
    /** What is read from a connection at a time, in bytes. */
    private static final int SMALLEST_READ = 512;

    private static final int FIRST_READ = 2048;

    /** Sessions whose clients wait for us stay. */
    public SshListener() {
        setSessionDisconnectHandler(new BusySessions());
    }

    /** Uses these threads. Explicit, since another I/O library on the class path would otherwise be used silently. */
    public void useThreads(MultithreadEventLoopGroup threads) {
        setIoServiceFactoryFactory(new Network(threads));
    }

    /** Stops listening, and keeps the sessions. */
    public void stopAccepting() {
        if (acceptor != null) {
            acceptor.unbind();
        }
    }

    /**
     * Passes received data on at once, in moderate pieces: otherwise the library collects up to sixteen reads of 64 KiB
     * in a growing buffer, and moves its rest to the front after each packet.
     */
    private static final class Network extends NettyIoServiceFactoryFactory {
        Network(MultithreadEventLoopGroup group) {
            super(group);
        }

        @Override
        public IoServiceFactory create(FactoryManager manager) {
            IoServiceFactory factory = new NettyIoServiceFactory(manager, eventLoopGroup) {
                @Override
                public IoAcceptor createAcceptor(IoHandler handler) {
                    return new Acceptor(this, handler);
                }
            };
            factory.setIoServiceEventListener(manager.getIoServiceEventListener());
            return factory;
        }

        private static final class Acceptor extends NettyIoAcceptor {
            Acceptor(NettyIoServiceFactory factory, IoHandler handler) {
                super(factory, handler);
                bootstrap.childOption(
                        ChannelOption.RCVBUF_ALLOCATOR,
                        new AdaptiveRecvByteBufAllocator(SMALLEST_READ, FIRST_READ, PacketSession.LARGEST_READ)
                                .maxMessagesPerRead(1));
            }
        }
    }

    /** Keeps a session alive whose client waits for us. */
    private static final class BusySessions implements SessionDisconnectHandler {
        @Override
        public boolean handleTimeoutDisconnectReason(Session session, TimeoutIndicator timeout) {
            return timeout.getStatus() == TimeoutIndicator.TimeoutStatus.IdleTimeout
                    && SessionState.of(session).isWorking();
        }
    }
}
