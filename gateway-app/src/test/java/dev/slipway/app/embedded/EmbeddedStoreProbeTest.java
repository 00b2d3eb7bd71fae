package dev.slipway.app.embedded;

import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.doctor.StoreProbeContract;
import dev.slipway.testing.S3Bucket;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(EmbeddedBucket.class)
class EmbeddedStoreProbeTest extends StoreProbeContract {
    EmbeddedStoreProbeTest(S3Bucket bucket) {
        super(bucket);
    }

    @Override
    protected Map<Check, Level> exceptions() {
        return Map.ofEntries(
                Map.entry(Check.COPY_IF_ABSENT, Level.DIFFERS),
                Map.entry(Check.TAGS, Level.DIFFERS),
                Map.entry(Check.LIST_PARTS, Level.DIFFERS),
                Map.entry(Check.LIST_ORDER, Level.DIFFERS),
                Map.entry(Check.KEY_LONG_NAME, Level.DIFFERS),
                Map.entry(Check.KEY_LONGER_NAME, Level.DIFFERS),
                Map.entry(Check.KEY_BESIDE_DIRECTORY, Level.DIFFERS),
                Map.entry(Check.KEY_EMPTY_NAME, Level.DIFFERS),
                Map.entry(Check.KEY_DOT_NAMES, Level.DIFFERS),
                Map.entry(Check.MARKER_CONTENT, Level.DIFFERS),
                Map.entry(Check.LIFECYCLE, Level.UNKNOWN));
    }
}
