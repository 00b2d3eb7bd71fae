package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ListPartsRequest;
import dev.slipway.core.s3.MultipartUploadPage;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Whether the bucket has old unfinished uploads, of whatever program. */
final class LeftoversProbe implements CapabilityProbe {
    private static final Duration OLD = Duration.ofDays(1);

    /** The size of so many is counted. */
    private static final int MEASURED_UPLOADS = 10;

    private final ProbeRequests requests;
    private final Findings findings;

    LeftoversProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.LEFTOVERS, this::list);
    }

    private void list() throws StoreException {
        Instant limit = Instant.now().minus(OLD);
        MultipartUploadPage page = requests.listUploads("");
        List<MultipartUploadPage.Entry> left = page.uploads().stream()
                .filter(upload -> upload.initiated() != null
                        && upload.initiated().isAfter(Instant.EPOCH)
                        && upload.initiated().isBefore(limit))
                .toList();
        if (left.isEmpty()) {
            boolean seesAll = findings.level(Check.LIST_UPLOADS)
                    .map(level -> level == Level.WORKS)
                    .orElse(true);
            findings.add(
                    Check.LEFTOVERS,
                    seesAll ? Level.WORKS : Level.UNKNOWN,
                    seesAll ? "no" : "the store does not list all uploads",
                    "");
            return;
        }
        long bytes = 0;
        for (MultipartUploadPage.Entry upload : left.subList(0, Math.min(left.size(), MEASURED_UPLOADS))) {
            bytes += requests
                    .ask(requests.store()
                            .listParts(new ListPartsRequest(upload.key(), upload.uploadId(), 0, ProbeRequests.PAGE)))
                    .parts()
                    .stream()
                    .mapToLong(PartPage.Entry::size)
                    .sum();
        }
        findings.add(
                Check.LEFTOVERS,
                Level.DIFFERS,
                (page.next() == null ? "" : "more than ") + left.size() + " uploads, "
                        + (left.size() > MEASURED_UPLOADS ? "the first of them " : "") + "with " + bytes + " bytes",
                "Nobody sees them, and they cost money. Abort them, or set a lifecycle rule that does.");
    }
}
