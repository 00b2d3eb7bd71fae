package dev.slipway.core.quota;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.UsageTable.Area;
import dev.slipway.core.state.UsageTable.Change;
import dev.slipway.core.state.UsageTable.Total;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Recounts a bucket that changes meanwhile, in many orders of events: the result must always be what is finally stored.
 */
class RecountTest {
    private static final Area AREA = new Area("bucket", "p/");
    private static final int PAGE = 7;

    /** A store whose pages are requested, and answered some time later with the objects of a moment in between. */
    private static final class Simulation {
        private final Random random;
        private final Ledger ledger = new Ledger();
        private final TreeMap<String, Long> objects = new TreeMap<>();

        /** The changes that have begun, with the sizes before; those that the store has made are in {@code made}. */
        private final Map<String, Long> begun = new HashMap<>();

        private final Map<String, Long> made = new HashMap<>();
        private String position = "";

        Simulation(long seed) {
            random = new Random(seed);
            for (int i = 0; i < 60; i++) {
                objects.put(key(), (long) random.nextInt(1000));
            }
        }

        private String key() {
            return "p/" + (char) ('a' + random.nextInt(26)) + random.nextInt(5);
        }

        private void step() {
            List<String> open = new ArrayList<>(begun.keySet());
            if (open.isEmpty() || random.nextInt(3) == 0) {
                String key = key();
                if (!begun.containsKey(key)) {
                    ledger.begin(new ObjectKey("bucket", key));
                    begun.put(key, objects.getOrDefault(key, Ledger.ABSENT));
                }
                return;
            }
            String key = open.get(random.nextInt(open.size()));
            ObjectKey name = new ObjectKey("bucket", key);
            if (made.containsKey(key)) {
                long now = requireNonNull(made.remove(key));
                ledger.changed(name, requireNonNull(begun.remove(key)), now, null);
            } else if (random.nextInt(4) == 0) {
                begun.remove(key);
                ledger.failed(name, null);
            } else if (random.nextInt(3) == 0) {
                objects.remove(key);
                made.put(key, Ledger.ABSENT);
            } else {
                long size = random.nextInt(1000);
                objects.put(key, size);
                made.put(key, size);
            }
        }

        private void steps() {
            for (int i = random.nextInt(20); i > 0; i--) {
                step();
            }
        }

        /** What the store lists now. */
        private ObjectPage page() {
            List<ObjectInfo> listed = new ArrayList<>();
            for (Map.Entry<String, Long> object :
                    objects.tailMap(position, false).entrySet()) {
                if (listed.size() == PAGE) {
                    break;
                }
                listed.add(
                        new ObjectInfo(new ObjectKey("bucket", object.getKey()), object.getValue(), "", Instant.EPOCH));
            }
            String last = listed.isEmpty() ? position : listed.getLast().key().key();
            boolean more = objects.higherKey(last) != null;
            position = last;
            return new ObjectPage(listed, List.of(), more ? last : null);
        }

        void run() {
            ledger.track(List.of(AREA));
            ledger.told(List.of(), List.of(new Total(AREA, 0, 0, null, false)), Instant.EPOCH);
            steps();
            assertThat(ledger.beginRecount(Instant.EPOCH, Duration.ofDays(1))).contains(AREA);
            ObjectPage page;
            do {
                steps();
                assertThat(ledger.askForPage(AREA)).isTrue();
                steps();
                page = page();
                steps();
                ledger.page(AREA, page);
            } while (page.next() != null);
            steps();
            assertThat(ledger.endRecount(AREA)).isPresent();
            for (Map.Entry<String, Long> open : begun.entrySet()) {
                ObjectKey name = new ObjectKey("bucket", open.getKey());
                Long now = made.get(open.getKey());
                if (now == null) {
                    ledger.failed(name, null);
                } else {
                    ledger.changed(name, open.getValue(), now, null);
                }
            }
        }

        void check() {
            long bytes = objects.values().stream().mapToLong(Long::longValue).sum();
            List<Change> changes = ledger.changes();
            assertThat(changes.stream().mapToLong(Change::bytes).sum()).isEqualTo(bytes);
            assertThat(changes.stream().mapToLong(Change::files).sum()).isEqualTo(objects.size());
        }
    }

    @Test
    void noRecountBeginsUntilTheLastOneIsRecorded() {
        Ledger ledger = new Ledger();
        ledger.track(List.of(AREA));
        ledger.told(List.of(), List.of(new Total(AREA, 0, 0, null, false)), Instant.EPOCH);
        assertThat(ledger.beginRecount(Instant.EPOCH, Duration.ofDays(1))).contains(AREA);
        assertThat(ledger.askForPage(AREA)).isTrue();
        ledger.page(AREA, new ObjectPage(List.of(), List.of(), null));
        assertThat(ledger.endRecount(AREA)).isPresent();
        assertThat(ledger.beginRecount(Instant.EPOCH, Duration.ofDays(1))).isEmpty();
        ledger.recountRecorded(AREA);
        assertThat(ledger.beginRecount(Instant.EPOCH, Duration.ofDays(1))).contains(AREA);
    }

    @Test
    void countsCorrectlyWhileObjectsChange() {
        for (long seed = 0; seed < 3000; seed++) {
            Simulation simulation = new Simulation(seed);
            simulation.run();
            simulation.check();
        }
    }
}
