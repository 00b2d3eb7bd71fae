package dev.slipway.ftps.format;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class FtpTimeTest {
    private static final Instant NOW = Instant.parse("2026-11-21T12:00:00Z");

    @Test
    void timeValuesAreUtcAndStrict() {
        assertThat(FtpTime.format(Instant.parse("2024-02-29T23:59:58Z"))).isEqualTo("20240229235958");
        assertThat(FtpTime.parse("20240229235958")).contains(Instant.parse("2024-02-29T23:59:58Z"));
        assertThat(FtpTime.parse("20240229235958.123")).contains(Instant.parse("2024-02-29T23:59:58Z"));
        for (String wrong : new String[] {
            "20230229000000",
            "20241301000000",
            "20240101240000",
            "2024010100000",
            "202401010000000",
            "20240101000000.",
            "-2024010100000",
            ""
        }) {
            assertThat(FtpTime.parse(wrong)).as(wrong).isEmpty();
        }
    }

    @Test
    void listingsShowTheYearOfTimesThatAreFarAway() {
        assertThat(FtpTime.formatForList(NOW, NOW)).isEqualTo("Nov 21 12:00");
        assertThat(FtpTime.formatForList(NOW.minus(Duration.ofDays(181)), NOW)).isEqualTo("May 24 12:00");
        assertThat(FtpTime.formatForList(NOW.minus(Duration.ofDays(183)), NOW)).isEqualTo("May 22  2026");
        assertThat(FtpTime.formatForList(NOW.plus(Duration.ofHours(23)), NOW)).isEqualTo("Nov 22 11:00");
        assertThat(FtpTime.formatForList(NOW.plus(Duration.ofDays(2)), NOW)).isEqualTo("Nov 23  2026");
    }
}
