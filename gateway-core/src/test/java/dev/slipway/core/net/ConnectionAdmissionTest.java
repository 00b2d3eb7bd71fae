package dev.slipway.core.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.core.Protocol;
import dev.slipway.core.net.ConnectionAdmission.Admitted;
import dev.slipway.core.net.ConnectionAdmission.Decision;
import dev.slipway.core.net.ConnectionAdmission.Refusal;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class ConnectionAdmissionTest {
    private static final InetAddress CLIENT = InetAddress.ofLiteral("192.0.2.1");
    private static final InetAddress OTHER = InetAddress.ofLiteral("192.0.2.2");
    private static final InetAddress BALANCER = InetAddress.ofLiteral("198.51.100.1");

    private long nanoTime;

    private ConnectionAdmission admission(ConnectionLimits limits) {
        return new ConnectionAdmission(Protocol.SFTP, limits, new Random(1), () -> nanoTime);
    }

    /** Without random refusals. */
    private ConnectionAdmission admission(int maxSessions, int maxUnauthenticated, int perAddress) {
        return admission(new ConnectionLimits(maxSessions, maxUnauthenticated, maxUnauthenticated, 100, perAddress));
    }

    private static Admitted place(Decision decision) {
        assertThat(decision).isInstanceOf(Admitted.class);
        return (Admitted) decision;
    }

    private static InetAddress address(int number) {
        return InetAddress.ofLiteral("10.0." + number / 250 + "." + (1 + number % 250));
    }

    @Test
    void anAddressIsLimitedUntilItsConnectionsEndOrLogIn() {
        ConnectionAdmission admission = admission(10, 10, 2);
        Admitted first = place(admission.accept(CLIENT));
        Admitted second = place(admission.accept(CLIENT));
        assertThat(admission.accept(CLIENT)).isEqualTo(Refusal.ADDRESS);
        place(admission.accept(OTHER));

        assertThat(first.logIn()).isEmpty();
        place(admission.accept(CLIENT));
        assertThat(admission.accept(CLIENT)).isEqualTo(Refusal.ADDRESS);
        second.close();
        second.close();
        place(admission.accept(CLIENT));
        assertThat(admission.accept(CLIENT)).isEqualTo(Refusal.ADDRESS);

        assertThat(admission.refused(Refusal.ADDRESS)).isEqualTo(3);
        assertThat(admission.unauthenticated()).isEqualTo(3);
        assertThat(admission.open()).isEqualTo(4);
    }

    @Test
    void addressesOfOneIpv6HostCountTogetherAndMappedIpv4CountsAsIpv4() throws Exception {
        ConnectionAdmission admission = admission(10, 10, 1);
        place(admission.accept(InetAddress.ofLiteral("2001:db8::1")));
        assertThat(admission.accept(InetAddress.ofLiteral("2001:db8::ffff:2"))).isEqualTo(Refusal.ADDRESS);
        place(admission.accept(InetAddress.ofLiteral("2001:db8:0:1::1")));

        place(admission.accept(CLIENT));
        assertThat(admission.accept(InetAddress.getByName("::ffff:192.0.2.1"))).isEqualTo(Refusal.ADDRESS);
        place(admission.accept(InetAddress.getByName("::ffff:192.0.2.2")));
    }

    @Test
    void unauthenticatedConnectionsAndSessionsAreCountedSeparately() {
        ConnectionAdmission admission = admission(2, 3, 3);
        List<Admitted> places = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            places.add(place(admission.accept(CLIENT)));
        }
        assertThat(admission.accept(OTHER)).isEqualTo(Refusal.UNAUTHENTICATED);

        assertThat(places.get(0).logIn()).isEmpty();
        assertThat(places.get(1).logIn()).isEmpty();
        assertThat(places.get(2).logIn()).contains(Refusal.SESSIONS);
        // However many sessions there are, other clients can still try to log in.
        place(admission.accept(OTHER));
        place(admission.accept(OTHER));
        assertThat(admission.accept(OTHER)).isEqualTo(Refusal.UNAUTHENTICATED);

        places.get(0).close();
        assertThat(places.get(2).logIn()).isEmpty();
        assertThat(admission.open()).isEqualTo(4);
    }

    @Test
    void aConnectionIsUnauthenticatedAgainAfterLogout() {
        ConnectionAdmission admission = admission(1, 2, 1);
        Admitted first = place(admission.accept(CLIENT));
        assertThat(first.logIn()).isEmpty();
        assertThat(first.logOut()).isEmpty();
        assertThat(admission.accept(CLIENT)).isEqualTo(Refusal.ADDRESS);
        assertThat(first.logIn()).isEmpty();

        place(admission.accept(CLIENT));
        assertThat(first.logOut()).contains(Refusal.ADDRESS);
        Admitted other = place(admission.accept(OTHER));
        assertThat(first.logOut()).contains(Refusal.UNAUTHENTICATED);
        // It has to be closed; until then it counts as a session.
        assertThat(other.logIn()).contains(Refusal.SESSIONS);
        first.close();
        assertThat(other.logIn()).isEmpty();
    }

    @Test
    void aClosedConnectionStaysClosed() {
        ConnectionAdmission admission = admission(1, 2, 2);
        Admitted place = place(admission.accept(CLIENT));
        place.close();
        assertThat(place.logIn()).isEmpty();
        assertThat(place.logOut()).isEmpty();
        assertThat(place.identify(OTHER)).isEmpty();
        assertThat(admission.open()).isZero();
    }

    @Test
    void clientsBehindALoadBalancerAreCountedByTheirOwnAddress() {
        ConnectionAdmission admission = admission(10, 10, 1);
        Admitted first = place(admission.acceptProxied(BALANCER));
        Admitted second = place(admission.acceptProxied(BALANCER));
        Admitted third = place(admission.acceptProxied(BALANCER));
        assertThat(first.identify(CLIENT)).isEmpty();
        assertThat(second.identify(CLIENT)).contains(Refusal.ADDRESS);
        assertThat(third.identify(OTHER)).isEmpty();
        assertThat(admission.accept(CLIENT)).isEqualTo(Refusal.ADDRESS);
        second.close();
        first.close();
        assertThat(place(admission.acceptProxied(BALANCER)).identify(CLIENT)).isEmpty();
    }

    @Test
    void connectionsWithoutAProxyHeaderAreLimitedToHalf() {
        ConnectionAdmission admission = admission(10, 10, 10);
        List<Admitted> silent = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            silent.add(place(admission.acceptProxied(BALANCER)));
        }
        assertThat(admission.acceptProxied(BALANCER)).isEqualTo(Refusal.PROXY_HEADER);
        place(admission.accept(CLIENT));

        assertThat(silent.getFirst().identify(OTHER)).isEmpty();
        place(admission.acceptProxied(BALANCER));
        silent.forEach(Admitted::close);
        assertThat(admission.unauthenticated()).isEqualTo(2);
    }

    /**
     * As OpenSSH's MaxStartups 20:30:40: never below 20, then with a probability of 30 percent or more, always at 40.
     */
    @Test
    void newConnectionsAreRefusedAtRandomAsTheBudgetFillsUp() {
        ConnectionAdmission admission = admission(new ConnectionLimits(10, 40, 20, 30, 1));
        List<Admitted> places = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            places.add(place(admission.accept(address(i))));
        }
        assertThat(admission.refused(Refusal.EARLY_DROP)).isZero();
        assertThat(refusedOf(1000, admission)).isBetween(250, 350);
        for (int i = 0; places.size() < 30; i++) {
            if (admission.accept(address(20 + i)) instanceof Admitted place) {
                places.add(place);
            }
        }
        assertThat(refusedOf(1000, admission)).isBetween(600, 700);
        for (int i = 0; places.size() < 40; i++) {
            if (admission.accept(address(1000 + i)) instanceof Admitted place) {
                places.add(place);
            }
        }
        assertThat(refusedOf(100, admission)).isEqualTo(100);
        assertThat(admission.refused(Refusal.UNAUTHENTICATED)).isEqualTo(100);
        places.forEach(Admitted::close);
        assertThat(admission.open()).isZero();
        assertThat(refusedOf(100, admission)).isZero();
    }

    private static int refusedOf(int tries, ConnectionAdmission admission) {
        int refused = 0;
        for (int i = 0; i < tries; i++) {
            if (admission.accept(CLIENT) instanceof Admitted place) {
                place.close();
            } else {
                refused++;
            }
        }
        return refused;
    }

    @Test
    void aFloodOfRefusalsIsLoggedOnceAMinute() {
        Logger logger = (Logger) LoggerFactory.getLogger(ConnectionAdmission.class);
        ListAppender<ILoggingEvent> lines = new ListAppender<>();
        lines.start();
        logger.addAppender(lines);
        try {
            ConnectionAdmission admission = admission(1, 1, 1);
            place(admission.accept(CLIENT));
            for (int i = 0; i < 1000; i++) {
                assertThat(admission.accept(address(i))).isEqualTo(Refusal.UNAUTHENTICATED);
            }
            assertThat(lines.list)
                    .singleElement()
                    .satisfies(line -> assertThat(line.getFormattedMessage()).contains("SFTP", "10.0.0.1:"));
            nanoTime += Duration.ofMinutes(1).toNanos();
            admission.accept(OTHER);
            assertThat(lines.list)
                    .hasSize(2)
                    .last()
                    .satisfies(line ->
                            assertThat(line.getFormattedMessage()).contains("1000 more connections", "192.0.2.2:"));
        } finally {
            logger.detachAppender(lines);
        }
    }

    @Test
    void invalidLimitsAreRefused() {
        assertThatThrownBy(() -> ConnectionLimits.DEFAULTS.withMaxSessions(0)).hasMessageContaining("sessions");
        assertThatThrownBy(() -> ConnectionLimits.DEFAULTS.withMaxUnauthenticated(0))
                .hasMessageContaining("unauthenticated connections");
        assertThatThrownBy(() -> ConnectionLimits.DEFAULTS.withMaxUnauthenticatedPerAddress(0))
                .hasMessageContaining("per address");
        assertThatThrownBy(() -> ConnectionLimits.DEFAULTS.withRandomDrop(0, 30))
                .hasMessageContaining("at random");
        assertThatThrownBy(() -> ConnectionLimits.DEFAULTS.withRandomDrop(1, 101))
                .hasMessageContaining("100 percent");
    }
}
