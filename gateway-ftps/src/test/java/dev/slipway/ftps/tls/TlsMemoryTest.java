package dev.slipway.ftps.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ftps.TestCertificate;
import dev.slipway.ftps.TlsIdentity;
import dev.slipway.ftps.data.BufferPool;
import dev.slipway.ftps.data.DataChannel;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** TLS returns its memory outside of the heap, and never while it is in use: each engine retains its context. */
class TlsMemoryTest {
    private final TestCertificate certificate = TestCertificate.create();
    private SslContext context;
    private ConnectionTls connection;
    private SocketChannel client;
    private DataChannel server;

    @BeforeEach
    void connect() throws Exception {
        assumeThat(OpenSsl.isAvailable()).isTrue();
        TlsIdentity identity = certificate.identity();
        context = SslContextBuilder.forServer(identity.key(), identity.chain())
                .sslProvider(SslProvider.OPENSSL)
                .build();
        FtpsSettings settings = FtpsSettings.builder().build();
        connection = new ConnectionTls(
                settings,
                () -> context,
                ReferenceCountUtil.retain(context),
                new ResumptionScopes(),
                InetAddress.getLoopbackAddress());
        try (ServerSocketChannel listener =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            client = SocketChannel.open(listener.getLocalAddress());
            server = DataChannel.Factory.tls(connection, true, BufferPool.direct(), BufferPool.heap())
                    .create(listener.accept(), ByteBuffer.allocate(0));
        }
        // The test's and the connection's references; the engine is created on the client's hello.
        assertThat(ReferenceCountUtil.refCnt(context)).isEqualTo(2);
    }

    @AfterEach
    void everythingIsReleased() throws IOException {
        if (context == null) {
            return;
        }
        client.close();
        connection.close();
        connection.close();
        assertThat(ReferenceCountUtil.refCnt(context)).isEqualTo(1);
        ReferenceCountUtil.release(context);
    }

    @Test
    void anUnusedConnectionIsReleased() {
        server.close();
        server.close();
        server.recycle();
        assertThatThrownBy(server::open).isInstanceOf(SSLException.class);
        server.prepare();
    }

    @Test
    void aFailedHandshakeIsReleased() throws Exception {
        client.write(ByteBuffer.wrap("no TLS at all".getBytes(StandardCharsets.US_ASCII)));
        server.prepare();
        assertThatThrownBy(server::open).isInstanceOf(IOException.class);
        server.close();
        server.recycle();
    }

    @Test
    void anUnclosedEngineIsReleased() throws Exception {
        ConnectionTls.release(connection.controlEngine());
        connection.close();
        assertThatThrownBy(() -> connection.dataEngine(new ClientHello(true), ByteBuffer.allocate(0)))
                .isInstanceOf(SSLException.class);
        server.close();
    }

    /** An engine must not be released while it is read: that would look like the client's close_notify. */
    @Test
    void aChannelThatIsClosedDuringAReadIsReleasedAfterIt() throws Exception {
        CompletableFuture<Void> handshake = CompletableFuture.runAsync(() -> {
            try {
                SSLSocket tls = (SSLSocket) certificate
                        .clientContext()
                        .getSocketFactory()
                        .createSocket(
                                client.socket(), "127.0.0.1", client.socket().getPort(), false);
                tls.startHandshake();
                tls.getOutputStream().write(1);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
        server.open();
        handshake.join();
        ByteBuffer buffer = BufferPool.direct().take();
        assertThat(server.read(buffer)).isEqualTo(1);
        server.close();
        assertThatThrownBy(() -> server.read(buffer)).isInstanceOf(IOException.class);
        assertThat(server.isEndProven()).isFalse();
        assertThat(ReferenceCountUtil.refCnt(context)).isEqualTo(3);
        server.recycle();
    }
}
