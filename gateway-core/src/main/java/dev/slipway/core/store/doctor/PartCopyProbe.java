package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.CreateMultipartUploadRequest.PartChecksums;
import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.UploadPartCopyRequest;
import dev.slipway.core.s3.UploadedPart;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Whether parts can be copied from the objects "multipart" and "source", which other probes leave. */
final class PartCopyProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;
    private final int partBytes;

    /** @param partBytes how much of "multipart" becomes the first part */
    PartCopyProbe(ProbeRequests requests, Findings findings, int partBytes) {
        this.requests = requests;
        this.findings = findings;
        this.partBytes = partBytes;
    }

    @Override
    public void run() {
        findings.check(Check.COPY_PART, this::assemble);
    }

    private void assemble() throws StoreException {
        String uploadId = requests.createUpload("assembled", PartChecksums.NONE).uploadId();
        List<UploadedPart> parts = new ArrayList<>();
        Optional<StoreException> refused = Refusals.of(() -> {
            parts.add(copy(uploadId, 1, "multipart", partBytes));
            parts.add(copy(uploadId, 2, "source", ProbeContent.SMALL.length));
        });
        if (refused.isPresent()) {
            boolean adapts = Refusals.isUnsupported(refused.get());
            findings.add(
                    Check.COPY_PART,
                    adapts ? Level.DIFFERS : Level.WRONG,
                    Refusals.answer(refused.get()),
                    adapts
                            ? "Slipway copies large objects in one call. Objects of more than 5 GiB cannot be renamed;"
                                    + " raise s3.requestTimeout if others of them take too long."
                            : "Objects of more than 256 MiB cannot be renamed.");
            return;
        }
        requests.complete("assembled", uploadId, parts, null, Precondition.NONE);
        requests.traces().removeUpload(uploadId);
        if (requests.head("assembled").size() == partBytes + ProbeContent.SMALL.length) {
            findings.works(Check.COPY_PART, "yes");
        } else {
            findings.add(
                    Check.COPY_PART,
                    Level.WRONG,
                    "the copy has another size",
                    "Objects of more than 256 MiB must not be renamed on this store.");
        }
    }

    private UploadedPart copy(String uploadId, int number, String source, int bytes) throws StoreException {
        return requests.ask(requests.store()
                .uploadPartCopy(new UploadPartCopyRequest(
                        requests.key(source),
                        null,
                        new ByteRange(0, bytes),
                        requests.key("assembled"),
                        uploadId,
                        number)));
    }
}
