package dev.slipway.sftp.files;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class StatusTest {
    @ParameterizedTest
    @EnumSource(Failure.class)
    void everyFailureHasAStatusThatVersion3Knows(Failure failure) {
        assertThat(Status.of(failure).code()).isIn(2, 3, 4, 8);
        assertThat(Status.of(failure) == Status.NO_SUCH_FILE).isEqualTo(failure == Failure.NOT_FOUND);
    }
}
