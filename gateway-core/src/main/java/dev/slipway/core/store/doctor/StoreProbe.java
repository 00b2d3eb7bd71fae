package dev.slipway.core.store.doctor;

import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.s3.BucketInspection;
import dev.slipway.core.store.s3.S3Access;
import dev.slipway.core.store.s3.StorageRule;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * Finds out with real requests what a bucket's store can do, what Slipway does instead if it cannot, and what is wrong. It
 * writes under a prefix of its own, {@code .slipway-probe-} and a random number, and removes all of that, also after a
 * failure or an interrupt. It also removes what killed probes have left.
 *
 * <p>The report is for people. The gateway itself does not rely on it: it adapts to what a store answers.
 */
public final class StoreProbe {
    /** No check starts after this; the rest is unknown. */
    private static final Duration LIMIT = Duration.ofSeconds(30);

    private static final Duration CALL_TIMEOUT = Duration.ofSeconds(10);
    private static final int RANDOM_BYTES = 8;
    private static final SecureRandom RANDOM = new SecureRandom();

    private final ProbeRequests requests;
    private final Findings findings;
    private final List<StorageRule> rules;
    private final Duration earlierAge;

    private StoreProbe(ProbeRequests requests, List<StorageRule> rules, Duration earlierAge) {
        this.requests = requests;
        this.findings = new Findings(requests::isOver);
        this.rules = rules;
        this.earlierAge = earlierAge;
    }

    /**
     * Probes a bucket. Blocks for some seconds, and for about 45 at most; transfers about 6 MiB.
     *
     * @throws InterruptedException the thread was interrupted; what was written is removed all the same
     */
    public static ProbeReport run(S3Access access, String bucket) throws InterruptedException {
        return run(access, bucket, EarlierProbes.OLD);
    }

    /** @param earlierAge the age of what is removed of earlier probes */
    static ProbeReport run(S3Access access, String bucket, Duration earlierAge) throws InterruptedException {
        try (BucketInspection inspection = BucketInspection.connect(access, CALL_TIMEOUT)) {
            byte[] random = new byte[RANDOM_BYTES];
            RANDOM.nextBytes(random);
            String prefix = ObjectStore.PROBE_PREFIX + HexFormat.of().formatHex(random) + "/";
            ProbeRequests requests = new ProbeRequests(inspection, bucket, prefix, LIMIT);
            List<StorageRule> rules = access.storage().stream()
                    .filter(rule -> rule.bucket().equals(bucket))
                    .toList();
            StoreProbe probe = new StoreProbe(requests, rules, earlierAge);
            probe.run();
            if (requests.wasInterrupted()) {
                throw new InterruptedException("the probe of bucket '" + bucket + "' was interrupted");
            }
            return new ProbeReport(bucket, probe.findings.all());
        }
    }

    private void run() {
        new ReachabilityProbe(requests, findings).run();
        if (findings.level(Check.LIST).isEmpty()) {
            return;
        }
        try {
            new ObjectProbe(requests, findings).run();
            if (findings.level(Check.PUT).equals(Optional.of(Level.WORKS))) {
                objectProbes().forEach(CapabilityProbe::run);
            }
            rules.forEach(rule -> new StoragePolicyProbe(requests, findings, rule).run());
            bucketProbes().forEach(CapabilityProbe::run);
        } finally {
            new TraceRemoval(requests, findings, earlierAge).run();
        }
    }

    /** What needs objects. In this order: {@link PartCopyProbe}, for instance, copies what {@link CopyProbe} leaves. */
    private List<CapabilityProbe> objectProbes() {
        return List.of(
                new ChecksumProbe(requests, findings),
                new ConditionProbe(requests, findings),
                new CopyProbe(requests, findings),
                new MultipartProbe(requests, findings),
                new BatchDeleteProbe(requests, findings),
                new ListingProbe(requests, findings),
                new KeyProbe(requests, findings));
    }

    /** What is asked of the bucket itself. */
    private List<CapabilityProbe> bucketProbes() {
        return List.of(
                new VersioningProbe(requests, findings),
                new LeftoversProbe(requests, findings),
                new LifecycleProbe(requests, findings));
    }
}
