package dev.slipway.core.account;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.GatewayEvent;
import dev.slipway.core.event.GatewayEvent.LoggedIn;
import dev.slipway.core.event.GatewayEvent.LoggedOut;
import dev.slipway.core.event.GatewayEvent.SessionRefused;
import java.net.InetAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SessionsTest {
    private static final InetAddress HERE = InetAddress.getLoopbackAddress();

    private final SettableClock clock = new SettableClock();
    private final Instant start = clock.instant();
    private final Events events = new Events();
    private final List<GatewayEvent> published = new ArrayList<>();
    private final Sessions sessions = new Sessions(events, clock);

    SessionsTest() {
        events.subscribe(published::add);
    }

    private static Login login(String name, int maxSessions) {
        return Login.lasting(new Account(
                name, List.of(new Mount(VirtualPath.ROOT, "files", "", false)), Set.of(), Set.of(), maxSessions));
    }

    @Test
    void sessionsBeyondTheLimitOfAnAccountAreRefused() {
        AccountSession first =
                sessions.begin(login("anna", 2), Protocol.FTPS, HERE).orElseThrow();
        assertThat(sessions.begin(login("anna", 2), Protocol.SFTP, HERE)).isPresent();
        assertThat(sessions.begin(login("anna", 2), Protocol.SFTP, HERE)).isEmpty();
        assertThat(published).last().isEqualTo(new SessionRefused(start, Protocol.SFTP, HERE, "anna"));
        assertThat(sessions.begin(login("ben", 1), Protocol.SFTP, HERE)).isPresent();

        first.close();
        first.close();
        assertThat(sessions.begin(login("anna", 2), Protocol.SFTP, HERE)).isPresent();
        assertThat(sessions.begin(login("anna", 2), Protocol.SFTP, HERE)).isEmpty();
    }

    @Test
    void beginningAndEndArePublishedOnce() {
        AccountSession session = sessions.begin(login("anna", Account.UNLIMITED), Protocol.FTPS, HERE)
                .orElseThrow();
        assertThat(sessions.list()).containsExactly(session);
        clock.advance(Duration.ofSeconds(90));
        session.close();
        session.close();
        assertThat(sessions.list()).isEmpty();
        Client anna = new Client("1", Protocol.FTPS, HERE, "anna");
        assertThat(published)
                .containsExactly(
                        new LoggedIn(start, anna), new LoggedOut(start.plusSeconds(90), anna, Duration.ofSeconds(90)));
    }
}
