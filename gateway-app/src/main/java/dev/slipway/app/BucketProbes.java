package dev.slipway.app;

import dev.slipway.core.store.doctor.ProbeReport;
import dev.slipway.core.store.doctor.ProbeReport.Finding;
import dev.slipway.core.store.doctor.StoreProbe;
import dev.slipway.core.store.s3.S3Access;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Probes the buckets of a gateway once, in the background, some seconds after the store has first answered: with one
 * log line for each, and a warning for each problem. Nothing waits for it.
 */
final class BucketProbes implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(BucketProbes.class);

    /** A fresh process is busy with its first clients; a probe then takes two seconds of CPU time. */
    private static final Duration PAUSE = Duration.ofSeconds(5);

    /** Time enough to remove what was written. */
    private static final Duration STOP_LIMIT = Duration.ofSeconds(10);

    private final S3Access access;
    private final Set<String> buckets;
    private final ReadinessProbe readiness;
    private final List<ProbeReport> reports = new CopyOnWriteArrayList<>();
    private final Thread thread;

    BucketProbes(S3Access access, Set<String> buckets, ReadinessProbe readiness) {
        this.access = access;
        this.buckets = new TreeSet<>(buckets);
        this.readiness = readiness;
        this.thread = Thread.ofVirtual().name("bucket-probes").start(this::run);
    }

    /** The reports of the buckets that were probed so far. */
    List<ProbeReport> reports() {
        return List.copyOf(reports);
    }

    private void run() {
        try {
            readiness.awaitReady();
            Thread.sleep(PAUSE);
            for (String bucket : buckets) {
                ProbeReport report = StoreProbe.run(access, bucket);
                log(report);
                reports.add(report);
            }
        } catch (InterruptedException _) {
            log.debug("The gateway stopped before all buckets were probed");
        } catch (RuntimeException e) {
            log.warn("The buckets could not be probed", e);
        }
    }

    private static void log(ProbeReport report) {
        log.info("{}", report.summary());
        for (Finding finding : report.wrong()) {
            log.warn(
                    "Bucket '{}': {}? {}. {}",
                    report.bucket(),
                    finding.check().question(),
                    finding.answer(),
                    finding.consequence());
        }
    }

    /** Stops a running probe, and waits until it has removed its objects. */
    @Override
    public void close() {
        thread.interrupt();
        try {
            thread.join(STOP_LIMIT);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
