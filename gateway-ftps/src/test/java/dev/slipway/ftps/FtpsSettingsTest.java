package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import org.junit.jupiter.api.Test;

class FtpsSettingsTest {
    @Test
    void defaultsAreStrict() {
        FtpsSettings settings = FtpsSettings.builder().build();
        assertThat(settings.plain()).isFalse();
        assertThat(settings.requireDataProtection()).isTrue();
        assertThat(settings.requireCloseNotify()).isTrue();
        assertThat(settings.active()).isFalse();
    }

    @Test
    void invalidValuesAreNamedTogether() {
        SettingsBuilder<FtpsSettings> wrong = FtpsSettings.builder()
                .set("explicitPort", 65_536)
                .set("passivePorts", "2000-1000")
                .set("idleTimeout", "0s")
                .set("dataConnectionTimeout", "1ms");
        assertThatThrownBy(wrong::build)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("explicitPort is '65536'")
                .hasMessageContaining("passivePorts is '2000-1000'")
                .hasMessageContaining("idleTimeout is '0s'")
                .hasMessageContaining("dataConnectionTimeout is '1ms'");
    }

    @Test
    void timesThatAreTooLongAreNamedTogether() {
        SettingsBuilder<FtpsSettings> wrong = FtpsSettings.builder()
                .set("implicitTlsWindow", "11s")
                .set("idleTimeout", "2d")
                .set("dataConnectionTimeout", "2h")
                .set("authenticationTimeout", "2h");
        assertThatThrownBy(wrong::build)
                .hasMessageContaining("implicitTlsWindow is '11s': must be at most 10s")
                .hasMessageContaining("idleTimeout is '2d': must be at most 1d")
                .hasMessageContaining("dataConnectionTimeout is '2h': must be at most 1h")
                .hasMessageContaining("authenticationTimeout is '2h': must be at most 1h");
    }

    @Test
    void portsDifferUnlessTheyAreZero() {
        SettingsBuilder<FtpsSettings> settings =
                FtpsSettings.builder().set("explicitPort", 21).set("implicitPort", 21);
        assertThatThrownBy(settings::build).hasMessageContaining("must differ");
        settings.set("explicitPort", 0).set("implicitPort", 0);
        assertThat(settings.build().isOn()).isTrue();
        settings.set("explicitPort", "off").set("implicitPort", "off");
        assertThat(settings.build().isOn()).isFalse();
    }

    @Test
    void secretsAreNotShown() {
        SettingsBuilder<FtpsSettings> settings =
                FtpsSettings.builder().set("keyStore", "/keys.p12").set("keyStorePassword", "s3cret");
        assertThat(settings.build().toString()).doesNotContain("s3cret");
        settings.set("certificate", "/server.pem");
        assertThatThrownBy(settings::build).hasMessageNotContaining("s3cret");
    }
}
