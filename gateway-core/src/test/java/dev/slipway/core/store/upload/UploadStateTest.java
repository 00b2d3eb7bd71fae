package dev.slipway.core.store.upload;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import java.util.List;
import org.junit.jupiter.api.Test;

class UploadStateTest {
    private final StoreException lost = new StoreException(Failure.UNAVAILABLE, "lost");
    private final List<UploadState> all = List.of(
            new UploadState.Open(),
            new UploadState.Broken(lost),
            new UploadState.Completing(),
            new UploadState.Incomplete(),
            new UploadState.Ending(null),
            new UploadState.Stored(),
            new UploadState.Interrupted(),
            new UploadState.Aborted(null));

    @Test
    void finalStatesDoNotChange() {
        for (UploadState end :
                List.of(new UploadState.Stored(), new UploadState.Interrupted(), new UploadState.Aborted(lost))) {
            assertThat(all).noneMatch(end::canBecome);
        }
    }

    @Test
    void onlyOpenUploadsCanBeCompleted() {
        assertThat(all.stream().filter(state -> state.canBecome(new UploadState.Completing())))
                .containsExactly(new UploadState.Open());
        assertThat(all.stream().filter(state -> state.canBecome(new UploadState.Stored())))
                .containsExactly(new UploadState.Completing());
    }

    @Test
    void uploadsAreNotAbortedDuringCompletion() {
        assertThat(new UploadState.Completing().canBecome(new UploadState.Aborted(null)))
                .isFalse();
        assertThat(new UploadState.Completing().canBecome(new UploadState.Ending(null)))
                .isFalse();
    }

    @Test
    void failuresAreRememberedUntilTheEnd() {
        assertThat(new UploadState.Broken(lost).failure()).contains(lost);
        assertThat(new UploadState.Ending(lost).failure()).contains(lost);
        assertThat(new UploadState.Aborted(lost).failure()).contains(lost);
        assertThat(new UploadState.Stored().failure()).isEmpty();
    }
}
