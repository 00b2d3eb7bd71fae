package dev.slipway.ftps.tls;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResumptionHistoryTest {
    private final ResumptionHistory history = new ResumptionHistory();

    @Test
    void clientThatHasNeverResumedNeedNot() {
        assertThat(history.mustResume()).isFalse();
    }

    @Test
    void sessionThatCanBeResumedRepeatedlyMustBe() {
        history.resumed(true);
        assertThat(history.mustResume()).isTrue();
    }

    /** For example curl during uploads. */
    @Test
    void clientThatHasUsedItsTicketAndReadNoOtherNeedNot() {
        history.resumed(false);
        assertThat(history.mustResume()).isFalse();
    }

    @Test
    void clientThatHasReadNewTicketsMust() {
        history.resumed(false);
        history.received();
        assertThat(history.mustResume()).isTrue();
    }

    /** For example lftp during uploads. */
    @Test
    void clientThatResumesMoreOftenThanItHasTicketsReusesThem() {
        history.resumed(false);
        history.resumed(false);
        assertThat(history.mustResume()).isFalse();
        history.resumed(false);
        assertThat(history.mustResume()).isTrue();
    }

    /** For example rclone. */
    @Test
    void clientThatMixesSessionsOfSeveralConnectionsNeedNot() {
        history.resumed(true);
        history.sharedWithOthers();
        assertThat(history.mustResume()).isFalse();
    }
}
