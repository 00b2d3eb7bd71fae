package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reuse of connections. */
@Timeout(Patience.TEST_SECONDS)
class IdleConnectionsTest {
    private RemoteClient client = new RemoteClient(timeouts(Duration.ofSeconds(20), Duration.ofSeconds(30)), null);
    private SshdServer server;
    private FaultProxy proxy;
    private Remote remote;

    @BeforeEach
    void start() throws Exception {
        server = SshdServer.start();
        proxy = FaultProxy.tcp(server.port());
        remote = TestRemotes.of(
                proxy.port(),
                server.user(),
                List.of(server.hostKey()),
                TestRemotes.of(server).credentials());
    }

    @AfterEach
    void close() throws Exception {
        client.close();
        proxy.close();
        server.close();
    }

    private static RemoteTimeouts timeouts(Duration answer, Duration kept) {
        return new RemoteTimeouts(Duration.ofSeconds(20), answer, Duration.ofSeconds(10), kept);
    }

    @Test
    void aReleasedConnectionIsUsedAgain() throws Exception {
        RemoteConnection first = client.lease(remote);
        first.stat("/");
        first.release();
        // The previous user can no longer affect it.
        RemoteConnection second = client.lease(remote);
        first.close();
        first.release();
        assertThat(second.stat("/")).isPresent();
        assertThat(proxy.connections()).isEqualTo(1);

        // Only one user has it at a time.
        try (RemoteConnection other = client.lease(remote)) {
            assertThat(other.stat("/")).isPresent();
            assertThat(proxy.connections()).isEqualTo(2);
        }
        second.release();
        client.lease(remote).release();
        assertThat(proxy.connections()).isEqualTo(2);
        try (RemoteConnection fresh = client.connect(remote)) {
            assertThat(fresh.isOpen()).isTrue();
            assertThat(proxy.connections()).isEqualTo(3);
        }
    }

    @Test
    void aClosedConnectionIsNotReused() throws Exception {
        RemoteConnection closed = client.lease(remote);
        closed.close();
        closed.release();
        try (RemoteConnection next = client.lease(remote)) {
            assertThat(next.stat("/")).isPresent();
            assertThat(proxy.connections()).isEqualTo(2);
        }
    }

    @Test
    void otherSettingsAreAnotherRemote() throws Exception {
        client.lease(remote).release();
        Remote wrong =
                TestRemotes.of(proxy.port(), server.user(), remote.hostKeys(), new Credentials.Password("a wrong one"));
        assertThatThrownBy(() -> client.lease(wrong).close())
                .isInstanceOfSatisfying(
                        RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.AUTHENTICATION));
    }

    @Test
    void aRestartedServerGetsANewConnection() throws Exception {
        client.lease(remote).release();
        server.kill();
        server.restart();
        try (RemoteConnection next = client.lease(remote)) {
            assertThat(next.stat("/")).isPresent();
        }
    }

    @Test
    void aDeadConnectionIsNotReused() throws Exception {
        client.close();
        client = new RemoteClient(timeouts(Duration.ofMillis(500), Duration.ofSeconds(30)), null);
        client.lease(remote).release();
        proxy.hang();
        try (ExecutorService thread = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<RemoteConnection> next = thread.submit(() -> client.lease(remote));
            Patience.await("the second connection", () -> proxy.connections() == 2);
            proxy.pass();
            try (RemoteConnection connection = next.get()) {
                assertThat(connection.isOpen()).isTrue();
                assertThat(proxy.connections()).isEqualTo(2);
            }
        }
    }

    @Test
    void idleConnectionsExpire() throws Exception {
        client.close();
        client = new RemoteClient(timeouts(Duration.ofSeconds(20), Duration.ofMillis(300)), null);
        client.lease(remote).release();
        Patience.await("the idle connection is closed", () -> proxy.connections() == 1 && proxy.openConnections() == 0);
        RemoteConnection first = client.lease(remote);
        RemoteConnection second = client.lease(remote);
        first.release();
        second.release();
        Patience.await("all connections are closed", () -> proxy.connections() == 3 && proxy.openConnections() == 0);
    }
}
