package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.Accounts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.PublicKey;
import java.util.Optional;
import java.util.OptionalInt;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/** The life of a server, without any files. */
class FtpsServerTest {
    private static final FtpsSettings LOOPBACK =
            FtpsSettings.defaults().withBindAddress(InetAddress.getLoopbackAddress());

    private static final Accounts NOBODY = new Accounts() {
        @Override
        public Optional<Account> authenticate(String name, char[] password, InetAddress client) {
            return Optional.empty();
        }

        @Override
        public Optional<Account> authenticate(String name, PublicKey key, InetAddress client) {
            return Optional.empty();
        }
    };

    private final SSLContext context = TestCertificate.create().serverContext();

    private FtpsServer server(FtpsSettings settings) {
        return new FtpsServer(
                settings,
                NOBODY,
                account -> {
                    throw new IllegalStateException("nobody can log in");
                },
                () -> context);
    }

    @Test
    void severalServersRunInOneProcess() throws Exception {
        FtpsServer first = server(LOOPBACK.withExplicitPort(0).withImplicitPort(0));
        try (FtpsServer second = server(LOOPBACK.withExplicitPort(0))) {
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
        FtpsServer server = server(LOOPBACK.withExplicitPort(0));
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

    @Test
    void portThatIsInUseIsAnErrorThatNamesIt() throws Exception {
        try (FtpsServer first = server(LOOPBACK.withExplicitPort(0))) {
            first.start();
            int port = first.explicitPort().orElseThrow();
            try (FtpsServer second = server(LOOPBACK.withExplicitPort(0).withImplicitPort(port))) {
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
