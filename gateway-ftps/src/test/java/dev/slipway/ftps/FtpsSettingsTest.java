package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class FtpsSettingsTest {
    @Test
    void defaultsAreStrict() {
        FtpsSettings settings = FtpsSettings.defaults();
        assertThat(settings.plainAllowed()).isFalse();
        assertThat(settings.dataProtectionRequired()).isTrue();
        assertThat(settings.closeNotifyRequired()).isTrue();
        assertThat(settings.activeAllowed()).isFalse();
    }

    @Test
    void problemsAreNamedTogether() {
        FtpsSettings.Builder wrong = FtpsSettings.builder()
                .explicitPort(OptionalInt.of(65536))
                .passivePorts(2000, 1000)
                .externalAddress(Optional.of(" "))
                .idleTimeout(Duration.ZERO)
                .dataConnectionTimeout(Duration.ofMillis(1));
        assertThatThrownBy(wrong::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("65536")
                .hasMessageContaining("2000-1000")
                .hasMessageContaining("external address")
                .hasMessageContaining("idle timeout")
                .hasMessageContaining("data connection timeout");
    }

    @Test
    void portsMustDifferUnlessTheyAreZero() {
        FtpsSettings.Builder settings =
                FtpsSettings.builder().explicitPort(OptionalInt.of(21)).implicitPort(OptionalInt.of(21));
        assertThatThrownBy(settings::build).hasMessageContaining("must differ");
        settings.explicitPort(OptionalInt.of(0)).implicitPort(OptionalInt.of(0));
        assertThat(settings.build().explicitPort()).hasValue(0);
        settings.explicitPort(OptionalInt.empty()).implicitPort(OptionalInt.empty());
        assertThatThrownBy(settings::build).hasMessageContaining("needed");
        assertThat(FtpsSettings.builder().passivePorts(40000, 40000).build().passiveLastPort())
                .isEqualTo(40000);
    }
}
