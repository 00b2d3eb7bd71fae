package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import org.junit.jupiter.api.Test;

class SftpSettingsTest {
    private static final long GIB = 1L << 30;

    @Test
    void invalidSettingsAreRefusedWithTheirNameAndRange() {
        assertRefused("bind", " ", "bind");
        assertRefused("port", 65_536, "port", "65536", "65535");
        assertRefused("idleTimeout", "0s", "idleTimeout", "at least 1s");
        assertRefused("authenticationTimeout", "999ms", "authenticationTimeout", "at least 1s");
        assertRefused("maxAuthenticationTries", 0, "maxAuthenticationTries");
        assertRefused("maxChannels", 0, "maxChannels");
        assertRefused("maxOpenHandles", 0, "maxOpenHandles");
        assertRefused("windowMemory", "64KiB", "windowMemory", "1MiB to 64GiB");
        assertRefused("maxKeyExchanges", 0, "maxKeyExchanges");
        assertRefused("maxKeyExchangesPerAddress", 0, "maxKeyExchangesPerAddress");
        assertRefused("rekeyInterval", "2m", "rekeyInterval", "at most 1m");
    }

    private static void assertRefused(String name, Object value, String... words) {
        SettingsBuilder<SftpSettings> builder = SftpSettings.builder().set(name, value);
        assertThatThrownBy(builder::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(words);
    }

    @Test
    void limitsThatAreNotSetFollowFromTheHeap() {
        SftpMemory small = SftpMemory.of(SftpSettings.builder().build(), GIB / 8);
        assertThat(small.windows()).isEqualTo(GIB / 32);
        assertThat(small.connections().maxUnauthenticated()).isLessThan(500);
        assertThat(small.connections().dropFrom()).isLessThan(300);

        SftpMemory large = SftpMemory.of(SftpSettings.builder().build(), 4 * GIB);
        assertThat(large.windows()).isEqualTo(GIB / 8);
        assertThat(large.connections().maxUnauthenticated()).isEqualTo(500);
        assertThat(large.connections().dropFrom()).isEqualTo(300);
    }

    @Test
    void limitsThatAreSetStay() {
        SftpSettings settings = SftpSettings.builder()
                .set("windowMemory", "7MiB")
                .set("maxUnauthenticatedConnections", 700)
                .build();
        SftpMemory memory = SftpMemory.of(settings, GIB / 8);
        assertThat(memory.windows()).isEqualTo(7 << 20);
        assertThat(memory.connections().maxUnauthenticated()).isEqualTo(700);
        assertThat(memory.connections().dropFrom()).isEqualTo(300);
    }
}
