package dev.slipway.ingest.pull;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.ingest.schedule.Timetable;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class PullSettingsTest {
    private static SettingsBuilder<PullSettings> settings() {
        return PullingGateway.settings(Path.of("/in"));
    }

    @Test
    void aNameARemoteAndAFolderAreEnough() {
        PullSettings settings = settings().build();

        assertThat(settings.verify()).isEqualTo(PullSettings.Verification.DIGEST);
        assertThat(settings.vanished()).isEqualTo(PullSettings.Vanished.KEEP);
        assertThat(settings.afterwards()).isEqualTo(PullSettings.Afterwards.LEAVE);
        assertThat(settings.target().key()).isEqualTo("{path}");
    }

    @Test
    void allMistakesAreReported() {
        assertThatThrownBy(() -> settings()
                        .set("name", "a b")
                        .set("incremental", "every minute")
                        .set("full", "0 0 31 2 *")
                        .set("timeZone", "Mars/Olympus")
                        .set("vanished", "move")
                        .set("afterwards", "delete")
                        .set("target.key", "{nothing}")
                        .build())
                .hasMessageContaining("name")
                .hasMessageContaining("incremental")
                .hasMessageContaining("full")
                .hasMessageContaining("never comes")
                .hasMessageContaining("timeZone")
                .hasMessageContaining("vanishedFolder")
                .hasMessageContaining("has not vanished")
                .hasMessageContaining("{nothing}");
    }

    @Test
    void schedulesFollowTheirTimeZone() {
        Timetable timetable = settings()
                .set("incremental", "1-56 * * * *")
                .set("full", "0 3 * * *")
                .set("timeZone", "Europe/Berlin")
                .build()
                .timetable();

        Instant midnight = Instant.parse("2026-07-01T00:00:00Z");
        assertThat(timetable.next(midnight))
                .containsOnly(
                        entry("incremental", Instant.parse("2026-07-01T00:01:00Z")),
                        entry("full", Instant.parse("2026-07-01T01:00:00Z")));
        assertThat(timetable.next(Instant.parse("2026-07-01T00:56:00Z")))
                .containsEntry("incremental", Instant.parse("2026-07-01T01:01:00Z"));
        // The night in which 03:00 comes once although the hour before it comes not at all.
        assertThat(timetable.next(Instant.parse("2026-03-28T12:00:00Z")))
                .containsEntry("full", Instant.parse("2026-03-29T01:00:00Z"));
    }
}
