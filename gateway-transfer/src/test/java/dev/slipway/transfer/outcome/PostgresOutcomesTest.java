package dev.slipway.transfer.outcome;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.testing.Patience;
import dev.slipway.testing.Postgres;
import dev.slipway.testing.PostgresDatabase;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

@Postgres
class PostgresOutcomesTest extends OutcomesContract {
    private final PostgresAddress address;

    PostgresOutcomesTest(PostgresDatabase database) {
        address = new PostgresAddress(database.url(), null, null);
    }

    @Override
    StateDatabase open() {
        return StateDatabase.open(address);
    }

    @Test
    void severalGatewaysDeliverAnUploadOnce() throws Exception {
        try (Receiver receiver = new Receiver(0);
                StateDatabase first = open();
                StateDatabase second = open();
                Outcomes one = outcomes(first, QUICK, webhook(receiver.url("/"), Set.of(WebhookEvent.UPLOADED)));
                Outcomes other = outcomes(second, QUICK, webhook(receiver.url("/"), Set.of(WebhookEvent.UPLOADED)))) {
            Set<String> bodies = new HashSet<>();
            for (int i = 0; i < 40; i++) {
                upload(i % 2 == 0 ? first : second, i % 2 == 0 ? one : other, "file-" + i);
            }
            for (int i = 0; i < 40; i++) {
                assertThat(bodies.add(receiver.next().body()))
                        .as("delivery " + i)
                        .isTrue();
            }
            Patience.await(
                    "all are confirmed",
                    () -> new DeliveryTable(first)
                            .nextDue(webhook(receiver.url("/"), Set.of(WebhookEvent.UPLOADED))
                                    .name())
                            .isEmpty());
            assertThat(receiver.waiting()).isZero();
        }
    }
}
