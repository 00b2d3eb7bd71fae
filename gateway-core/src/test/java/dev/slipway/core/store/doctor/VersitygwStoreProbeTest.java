package dev.slipway.core.store.doctor;

import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Store;
import java.util.Map;

@S3Store(S3Product.VERSITYGW)
class VersitygwStoreProbeTest extends StoreProbeContract {
    VersitygwStoreProbeTest(S3Bucket bucket) {
        super(bucket);
    }

    @Override
    protected Map<Check, Level> exceptions() {
        return Map.of(
                Check.COPY_IF_ABSENT, Level.DIFFERS,
                Check.KEY_LONGER_NAME, Level.DIFFERS,
                Check.KEY_BESIDE_DIRECTORY, Level.DIFFERS,
                Check.KEY_EMPTY_NAME, Level.DIFFERS,
                Check.KEY_DOT_NAMES, Level.DIFFERS,
                Check.MARKER_CONTENT, Level.DIFFERS,
                Check.LIFECYCLE, Level.UNKNOWN);
    }
}
