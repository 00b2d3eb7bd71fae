package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ResumptionHistoryTest {
    private final ResumptionHistory history = new ResumptionHistory();

    @Test
    void clientThatHasNeverResumedNeedNot() {
        assertThat(history.mustResume()).isFalse();
    }

    @Test
    void sessionThatCanBeResumedAgainAndAgainMustBe() {
        history.resumed(true);
        assertThat(history.mustResume()).isTrue();
    }

    /** curl, when it uploads. */
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

    /** lftp, when it uploads. */
    @Test
    void clientThatResumesMoreOftenThanItHasTicketsUsesOneAgainAndAgain() {
        history.resumed(false);
        history.resumed(false);
        assertThat(history.mustResume()).isFalse();
        history.resumed(false);
        assertThat(history.mustResume()).isTrue();
    }

    /** rclone. */
    @Test
    void clientThatMixesSessionsOfSeveralConnectionsNeedNot() {
        history.resumed(true);
        history.sharedWithOthers();
        assertThat(history.mustResume()).isFalse();
    }
}
