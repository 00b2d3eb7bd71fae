package dev.slipway.core.store.doctor;

import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;

/** Whether the bucket keeps old versions. */
final class VersioningProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;

    VersioningProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.VERSIONING, () -> {
            boolean versions;
            try {
                versions = requests.ask(requests.inspection().keepsVersions(requests.bucket()));
            } catch (StoreException e) {
                if (!Refusals.isUnsupported(e)) {
                    throw e;
                }
                findings.works(Check.VERSIONING, "no: " + Refusals.answer(e));
                return;
            }
            if (versions) {
                findings.add(
                        Check.VERSIONING,
                        Level.DIFFERS,
                        "yes",
                        "Replaced and deleted files stay as old versions and cost money; a lifecycle rule can expire"
                                + " them. Slipway does not show them.");
            } else {
                findings.works(Check.VERSIONING, "no");
            }
        });
    }
}
