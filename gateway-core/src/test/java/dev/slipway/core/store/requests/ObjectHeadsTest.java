package dev.slipway.core.store.requests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.s3.S3Operations;
import dev.slipway.core.s3.memory.Call;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.s3.memory.FaultyS3;
import dev.slipway.core.s3.memory.MemoryS3;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.testing.Patience;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A lookup ends in time, although the store does not answer. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ObjectHeadsTest {
    private static final Duration BRIEFLY = Duration.ofMillis(50);

    private final Faults faults = new Faults();
    private final S3Operations client =
            new FaultyS3(new MemoryS3().createBucket("bucket").connect(), faults);
    private final ObjectKey key = new ObjectKey("bucket", "file");

    @AfterEach
    void close() {
        client.close();
    }

    private void assertUnavailable(ObjectHeads heads) {
        assertThatThrownBy(() -> heads.head(key))
                .isInstanceOfSatisfying(
                        StoreException.class, e -> assertThat(e.failure()).isEqualTo(Failure.UNAVAILABLE));
    }

    private void hold(Call.Operation operation) {
        faults.always(call -> call.is(operation), new Fault.Hold(new CompletableFuture<>()));
    }

    @Test
    void aGetInPlaceOfARefusedHeadHasTheSameLimit() {
        faults.always(call -> call.is(Call.Operation.HEAD), new Fault.Refuse(403, "AccessDenied"));
        hold(Call.Operation.GET);
        assertUnavailable(new ObjectHeads(client, BRIEFLY));
    }

    @Test
    void someLookupsAreMoreUrgentThanOthers() {
        hold(Call.Operation.HEAD);
        assertUnavailable(new ObjectHeads(client, Patience.LIMIT.multipliedBy(100)).within(BRIEFLY));
    }
}
