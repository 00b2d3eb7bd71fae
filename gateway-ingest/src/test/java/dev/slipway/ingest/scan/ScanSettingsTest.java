package dev.slipway.ingest.scan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.event.Origin;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.setting.SettingsBuilder;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScanSettingsTest {
    private static SettingsBuilder<ScanSettings> settings() {
        return new SettingsBuilder<>(ScanSettings.class);
    }

    @Test
    void nothingIsScannedByDefaultAndNothingPassesUnscanned() {
        ScanSettings settings = settings().build();

        assertThat(settings.isOn()).isFalse();
        assertThat(settings.tooLarge()).isEqualTo(NotScanned.REFUSE);
        assertThat(settings.unavailable()).isEqualTo(NotScanned.REFUSE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/run/clamav/clamd.ctl", "localhost:3310", "192.0.2.1:3310", "[2001:db8::1]:3310"})
    void addressesAreSocketsOrPorts(String address) {
        assertThat(settings().set("clamd", address).build().isOn()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"clamd.ctl", "localhost", "localhost:0", "localhost:70000", "tcp://localhost:3310", ""})
    void otherAddressesAreMistakes(String address) {
        assertThatThrownBy(() -> settings().set("clamd", address).build()).hasMessageContaining("clamd");
    }

    @Test
    void whatToScanNeedsAScanner() {
        assertThatThrownBy(() -> settings().set("paths", "/in/**").build()).hasMessageContaining("clamd");
        assertThatThrownBy(() -> settings()
                        .set("clamd", "localhost:3310")
                        .set("paths", "in/**")
                        .build())
                .hasMessageContaining("paths");
    }

    @Test
    void archivesAreNotScanned() throws Exception {
        ScanSettings settings = settings().set("clamd", "localhost:3310").build();
        InetAddress address = InetAddress.getLoopbackAddress();
        try (Clamd clamd = Clamd.of(settings).orElseThrow()) {
            UploadScans scans = new UploadScans(settings, clamd, new Events(), Clock.systemUTC());
            for (Origin origin : Origin.values()) {
                Client client = new Client("1", origin, address, "anna");
                assertThat(scans.covers("anna", client, VirtualPath.parse("/file")))
                        .as(origin.name())
                        .isEqualTo(origin != Origin.ARCHIVE);
            }
        }
        assertThatThrownBy(() -> settings()
                        .set("clamd", "localhost:3310")
                        .set("origins", "archive")
                        .build())
                .hasMessageContaining("origins");
    }

    @Test
    void uploadsCanBeLeftToRules() throws Exception {
        ScanSettings settings = settings()
                .set("clamd", "localhost:3310")
                .set("uploads", "false")
                .build();
        try (Clamd clamd = Clamd.of(settings).orElseThrow()) {
            assertThat(new UploadScans(settings, clamd, new Events(), Clock.systemUTC())
                            .covers("anna", null, VirtualPath.parse("/file")))
                    .isFalse();
        }
        assertThatThrownBy(() -> settings()
                        .set("clamd", "localhost:3310")
                        .set("uploads", "false")
                        .set("accounts", "anna")
                        .build())
                .hasMessageContaining("uploads");
    }

    /** Nothing but clamd's own words for it makes a file clean. */
    @Test
    void onlyOneAnswerMeansClean() {
        assertThat(ScanOutcome.of("stream: OK").result()).isEqualTo(ScanResult.CLEAN);
        assertThat(ScanOutcome.of("stream: OK FOUND").result()).isEqualTo(ScanResult.INFECTED);
        assertThat(ScanOutcome.of("stream: Win.Test FOUND").detail()).isEqualTo("Win.Test");
        assertThat(ScanOutcome.of("INSTREAM size limit exceeded. ERROR").result())
                .isEqualTo(ScanResult.TOO_LARGE);
        for (String other : new String[] {"", "OK", "PONG", "UNKNOWN COMMAND", "stream: OK ERROR"}) {
            assertThat(ScanOutcome.of(other).result()).as(other).isEqualTo(ScanResult.UNAVAILABLE);
        }
    }

    /** So one account cannot keep the others from uploading. */
    @Test
    void oneAccountHasHalfOfThePlaces() throws Exception {
        ScanPlaces places = new ScanPlaces(4);

        assertThat(places.take("a", Duration.ZERO)).isTrue();
        assertThat(places.take("a", Duration.ZERO)).isTrue();
        assertThat(places.take("a", Duration.ZERO)).isFalse();
        assertThat(places.take("b", Duration.ZERO)).isTrue();
        assertThat(places.take("b", Duration.ZERO)).isTrue();
        assertThat(places.take("c", Duration.ZERO)).isFalse();
        places.giveBack("a");
        assertThat(places.take("c", Duration.ZERO)).isTrue();
    }
}
