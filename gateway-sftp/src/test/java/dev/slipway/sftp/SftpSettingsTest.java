package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.account.Network;
import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

class SftpSettingsTest {
    @Test
    void eachSettingChangesItselfAlone() {
        SftpSettings changed = SftpSettings.builder()
                .bindAddress("127.0.0.1")
                .port(1)
                .idleTimeout(Duration.ofSeconds(2))
                .authenticationTimeout(Duration.ofSeconds(3))
                .maxAuthenticationTries(4)
                .connections(ConnectionLimits.DEFAULTS.withMaxSessions(6))
                .maxChannels(7)
                .maxOpenHandles(8)
                .maxTotalOpenHandles(11)
                .windowMemory(9 << 20)
                .legacyAlgorithms(true)
                .extraKeyExchanges(Set.of(ExtraKeyExchange.GROUP16))
                .maxKeyExchanges(11)
                .maxKeyExchangesPerAddress(12)
                .rekeyInterval(Duration.ofSeconds(13))
                .proxyProtocol(new ProxyProtocol(List.of(Network.parse("192.0.2.0/24"))))
                .build();
        assertThat(changed)
                .isEqualTo(new SftpSettings(
                        "127.0.0.1",
                        1,
                        Duration.ofSeconds(2),
                        Duration.ofSeconds(3),
                        4,
                        ConnectionLimits.DEFAULTS.withMaxSessions(6),
                        7,
                        8,
                        11,
                        9 << 20,
                        true,
                        Set.of(ExtraKeyExchange.GROUP16),
                        11,
                        12,
                        Duration.ofSeconds(13),
                        new ProxyProtocol(List.of(Network.parse("192.0.2.0/24")))));
    }

    @Test
    void invalidSettingsAreRefusedWithTheirNameAndRange() {
        assertRefused(builder -> builder.bindAddress(" "), "bind address");
        assertRefused(builder -> builder.port(65_536), "port", "65536", "65535");
        assertRefused(builder -> builder.port(-1), "port");
        assertRefused(builder -> builder.idleTimeout(Duration.ZERO), "idle timeout", "1 second");
        assertRefused(builder -> builder.authenticationTimeout(Duration.ofMillis(999)), "authentication timeout");
        assertRefused(builder -> builder.maxAuthenticationTries(0), "authentication tries");
        assertRefused(builder -> builder.maxChannels(0), "channels");
        assertRefused(builder -> builder.maxOpenHandles(0), "open handles");
        assertRefused(builder -> builder.windowMemory(1 << 16), "window memory");
        assertRefused(builder -> builder.maxKeyExchanges(0), "key exchanges");
        assertRefused(builder -> builder.maxKeyExchangesPerAddress(0), "key exchanges", "address");
        assertRefused(builder -> builder.rekeyInterval(Duration.ofMinutes(2)), "rekey interval", "1 minute");
    }

    private static void assertRefused(UnaryOperator<SftpSettings.Builder> change, String... words) {
        SftpSettings.Builder builder = change.apply(SftpSettings.builder());
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }
}
