package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

class SftpSettingsTest {
    private static final SftpSettings DEFAULTS = SftpSettings.defaults();

    @Test
    void eachSettingChangesItselfAlone() {
        SftpSettings changed = DEFAULTS.withBindAddress("127.0.0.1")
                .withPort(1)
                .withIdleTimeout(Duration.ofSeconds(2))
                .withAuthenticationTimeout(Duration.ofSeconds(3))
                .withMaxAuthenticationTries(4)
                .withMaxUnauthenticatedConnections(5)
                .withMaxSessions(6)
                .withMaxChannels(7)
                .withMaxOpenHandles(8)
                .withReceiveWindow(1 << 20)
                .withReceivePacket(1 << 16);
        assertThat(changed)
                .isEqualTo(new SftpSettings(
                        "127.0.0.1", 1, Duration.ofSeconds(2), Duration.ofSeconds(3), 4, 5, 6, 7, 8, 1 << 20, 1 << 16));
    }

    @Test
    void whatCannotBeIsRefusedWithItsNameAndItsRange() {
        assertRefused(() -> DEFAULTS.withBindAddress(" "), "bind address");
        assertRefused(() -> DEFAULTS.withPort(65_536), "port", "65536", "65535");
        assertRefused(() -> DEFAULTS.withPort(-1), "port");
        assertRefused(() -> DEFAULTS.withIdleTimeout(Duration.ZERO), "idle timeout", "1 second");
        assertRefused(() -> DEFAULTS.withAuthenticationTimeout(Duration.ofMillis(999)), "authentication timeout");
        assertRefused(() -> DEFAULTS.withMaxAuthenticationTries(0), "authentication tries");
        assertRefused(() -> DEFAULTS.withMaxUnauthenticatedConnections(0), "unauthenticated connections");
        assertRefused(() -> DEFAULTS.withMaxSessions(0), "sessions");
        assertRefused(() -> DEFAULTS.withMaxChannels(0), "channels");
        assertRefused(() -> DEFAULTS.withMaxOpenHandles(0), "open handles");
        assertRefused(() -> DEFAULTS.withReceiveWindow(1), "receive window");
        assertRefused(() -> DEFAULTS.withReceivePacket(1), "receive packet");
        assertRefused(
                () -> DEFAULTS.withReceivePacket(128 * 1024).withReceiveWindow(64 * 1024), "packet", "receive window");
    }

    private static void assertRefused(ThrowingCallable change, String... words) {
        assertThatThrownBy(change).isInstanceOf(IllegalArgumentException.class).hasMessageContainingAll(words);
    }
}
