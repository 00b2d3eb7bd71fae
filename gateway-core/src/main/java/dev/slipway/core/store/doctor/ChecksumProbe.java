package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.Optional;

/** Whether the store takes checksums of objects, and compares them. */
final class ChecksumProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;

    ChecksumProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.CHECKSUM, () -> {
            Optional<StoreException> refused = put(ProbeContent.SMALL);
            if (refused.isEmpty()) {
                findings.works(Check.CHECKSUM, "yes");
            } else {
                findings.add(
                        Check.CHECKSUM,
                        Level.DIFFERS,
                        Refusals.answer(refused.get()),
                        "Slipway notices and sends none; s3.checksums: none saves the attempts. Only TLS protects the bytes.");
            }
        });
        findings.check(Check.CHECKSUM_VERIFIED, () -> {
            Optional<StoreException> refused = put(ProbeContent.OTHER);
            if (refused.isPresent()) {
                findings.works(Check.CHECKSUM_VERIFIED, Refusals.answer(refused.get()));
            } else {
                findings.add(
                        Check.CHECKSUM_VERIFIED,
                        Level.DIFFERS,
                        "it stores them",
                        "Slipway still sends checksums, but only TLS detects damage in transit: use https.");
            }
        });
    }

    /** Sends the small object with the checksum of this content. */
    private Optional<StoreException> put(byte[] checked) throws StoreException {
        PutRequest request = PutRequest.of(requests.key("checksum")).withCrc32(ProbeContent.base64Crc32(checked));
        return Refusals.of(() -> requests.put(request, ProbeContent.SMALL));
    }
}
