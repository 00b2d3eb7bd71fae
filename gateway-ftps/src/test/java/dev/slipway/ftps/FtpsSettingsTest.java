package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
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
        FtpsSettings settings = FtpsSettings.defaults().withImplicitPort(990);
        assertThatThrownBy(() -> settings.withPassivePorts(2000, 1000))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2000-1000");
        assertThatThrownBy(() -> settings.withImplicitPort(21)).hasMessageContaining("must differ");
        assertThatThrownBy(() -> settings.withExplicitPort(65536)).hasMessageContaining("65536");
        assertThatThrownBy(() -> settings.withoutExplicitPort().withoutImplicitPort())
                .hasMessageContaining("needed");
        assertThatThrownBy(() -> settings.withIdleTimeout(Duration.ZERO)).hasMessageContaining("idle timeout");
        assertThatThrownBy(() -> settings.withDataConnectionTimeout(Duration.ofMillis(1)))
                .hasMessageContaining("data connection timeout");
        assertThatThrownBy(() -> settings.withMaxSessions(0)).hasMessageContaining("1 session");
        assertThatThrownBy(() -> settings.withExternalAddress(" ")).hasMessageContaining("external address");
        assertThat(settings.withExplicitPort(0).withImplicitPort(0).explicitPort())
                .hasValue(0);
        assertThat(settings.withPassivePorts(40000, 40000).passiveLastPort()).isEqualTo(40000);
    }
}
