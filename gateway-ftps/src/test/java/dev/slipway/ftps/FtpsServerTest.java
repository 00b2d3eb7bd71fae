package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Starting and stopping servers, without any files. */
class FtpsServerTest {
    private static final Accounts NOBODY = new Accounts() {
        @Override
        public Optional<Login> authenticate(String name, char[] password, InetAddress client) {
            return Optional.empty();
        }

        @Override
        public Optional<Login> authenticate(String name, PublicKey key, InetAddress client) {
            return Optional.empty();
        }
    };

    private final TlsIdentity identity = TestCertificate.create().identity();

    private FtpsServer server(SettingsBuilder<FtpsSettings> settings) throws Exception {
        return new FtpsServer(
                settings.set("bind", "127.0.0.1").build(),
                NOBODY,
                new Sessions(new Events(), Clock.systemUTC()),
                session -> {
                    throw new IllegalStateException("nobody can log in");
                },
                () -> identity);
    }

    @Test
    void severalServersRunInOneProcess() throws Exception {
        FtpsServer first = server(FtpsSettings.builder().set("explicitPort", 0).set("implicitPort", 0));
        try (FtpsServer second = server(FtpsSettings.builder().set("explicitPort", 0))) {
            first.start();
            second.start();
            assertThat(second.implicitPort()).isEqualTo(OptionalInt.empty());
            assertThat(first.explicitPort().orElseThrow())
                    .isPositive()
                    .isNotEqualTo(first.implicitPort().orElseThrow())
                    .isNotEqualTo(second.explicitPort().orElseThrow());
            first.close();
            try (Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), second.explicitPort().orElseThrow())) {
                assertThat(new String(socket.getInputStream().readNBytes(3), StandardCharsets.US_ASCII))
                        .isEqualTo("220");
            }
        }
    }

    @Test
    void closingEndsListenersAndSessions() throws Exception {
        FtpsServer server = server(FtpsSettings.builder().set("explicitPort", 0));
        server.start();
        int port = server.explicitPort().orElseThrow();
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            assertThat(socket.getInputStream().readNBytes(3)).hasSize(3);
            server.close();
            assertThat(socket.getInputStream().readAllBytes()).hasSizeLessThan(100);
        }
        assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), port))
                .isInstanceOf(ConnectException.class);
        server.close();
    }

    /** Uses a running server. */
    @FunctionalInterface
    private interface Use {
        void of(FtpsServer server) throws Exception;
    }

    /** Returns the warnings that are logged while a server is used, until its sessions are over. */
    private List<ILoggingEvent> warnings(Use use) throws Exception {
        ListAppender<ILoggingEvent> warnings = new ListAppender<>();
        Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
        warnings.start();
        root.addAppender(warnings);
        try (FtpsServer server = server(FtpsSettings.builder().set("explicitPort", 0))) {
            server.start();
            use.of(server);
            Patience.await("the sessions are over", () -> server.openConnections() == 0);
        } finally {
            root.detachAppender(warnings);
        }
        return warnings.list;
    }

    private static Socket connect(FtpsServer server) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.explicitPort().orElseThrow());
        socket.setSoTimeout(Patience.MILLIS);
        return socket;
    }

    /** A client must not be able to fill the log. */
    @Test
    void aFloodingClientIsLoggedAtMostOnce() throws Exception {
        assertThat(warnings(server -> {
                    try (Socket socket = connect(server)) {
                        socket.getOutputStream().write("NOOP\r\n".repeat(10_000).getBytes(StandardCharsets.US_ASCII));
                        socket.getInputStream().readAllBytes();
                    } catch (SocketException e) {
                        // the server has closed it, maybe before all was sent
                    }
                }))
                .hasSizeLessThanOrEqualTo(1);
    }

    @Test
    void aConnectionResetCausesNoWarning() throws Exception {
        assertThat(warnings(server -> {
                    for (int i = 0; i < 20; i++) {
                        Socket socket = connect(server);
                        assertThat(socket.getInputStream().readNBytes(3)).hasSize(3);
                        socket.setSoLinger(true, 0);
                        socket.close();
                    }
                }))
                .isEmpty();
    }

    @Test
    void portInUseIsAnErrorThatNamesIt() throws Exception {
        try (FtpsServer first = server(FtpsSettings.builder().set("explicitPort", 0))) {
            first.start();
            int port = first.explicitPort().orElseThrow();
            try (FtpsServer second =
                    server(FtpsSettings.builder().set("explicitPort", 0).set("implicitPort", port))) {
                assertThatThrownBy(second::start)
                        .isInstanceOf(IOException.class)
                        .hasMessageContaining(Integer.toString(port));
                int released = second.explicitPort().orElseThrow();
                if (released != 0) {
                    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), released))
                            .isInstanceOf(ConnectException.class);
                }
            }
        }
    }
}
