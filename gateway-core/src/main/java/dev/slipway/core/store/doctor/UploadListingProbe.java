package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.ListPartsRequest;
import dev.slipway.core.s3.PartPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.Optional;

/** Whether an unfinished upload, and its two parts, are listed. */
final class UploadListingProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;
    private final String name;
    private final String uploadId;

    UploadListingProbe(ProbeRequests requests, Findings findings, String name, String uploadId) {
        this.requests = requests;
        this.findings = findings;
        this.name = name;
        this.uploadId = uploadId;
    }

    @Override
    public void run() {
        findings.check(Check.LIST_PARTS, this::listParts);
        findings.check(Check.LIST_UPLOADS, this::listUploads);
    }

    private void listParts() throws StoreException {
        PartPage first = partsAfter(0);
        boolean pages = first.parts().size() == 1
                && first.next() > 0
                && partsAfter(first.next()).parts().stream()
                        .anyMatch(entry -> entry.part().partNumber() == 2);
        if (pages) {
            findings.works(Check.LIST_PARTS, "yes");
        } else {
            findings.add(
                    Check.LIST_PARTS,
                    Level.DIFFERS,
                    first.parts().size() + " parts where 1 was asked for",
                    "Slipway does not need this yet.");
        }
    }

    private PartPage partsAfter(int number) throws StoreException {
        return requests.ask(requests.store().listParts(new ListPartsRequest(requests.key(name), uploadId, number, 1)));
    }

    private void listUploads() throws StoreException {
        String key = requests.key(name).key();
        Optional<StoreException> refused = Refusals.of(() -> isListed(key));
        if (refused.isPresent()) {
            findings.add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    Refusals.answer(refused.get()),
                    "Allow s3:ListBucketMultipartUploads. Without it an upload whose start was interrupted by a crash stays in"
                            + " the bucket; set a lifecycle rule.");
        } else if (isListed(requests.prefix())) {
            findings.works(Check.LIST_UPLOADS, "yes");
        } else if (isListed(key)) {
            findings.add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    "only by the exact key",
                    "Slipway asks by the exact key, from its journal. Uploads that other programs left behind are not"
                            + " seen.");
        } else {
            findings.add(
                    Check.LIST_UPLOADS,
                    Level.DIFFERS,
                    "it lists none",
                    "An upload whose start was interrupted by a crash stays in the bucket; set a lifecycle rule.");
        }
    }

    private boolean isListed(String prefix) throws StoreException {
        return requests.listUploads(prefix).uploads().stream().anyMatch(upload -> uploadId.equals(upload.uploadId()));
    }
}
