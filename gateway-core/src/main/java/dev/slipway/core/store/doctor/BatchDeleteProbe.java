package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.DeleteManyRequest;
import dev.slipway.core.s3.DeleteManyRequest.Digest;
import dev.slipway.core.s3.DeleteManyRequest.Target;
import dev.slipway.core.s3.DeleteResult;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import java.util.List;
import java.util.Optional;

/** Whether many objects can be deleted in one request, and with which digest. */
final class BatchDeleteProbe implements CapabilityProbe {
    private static final List<String> NAMES = List.of("batch/1", "batch/2");

    private final ProbeRequests requests;
    private final Findings findings;

    BatchDeleteProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.BATCH_DELETE, () -> {
            for (String name : NAMES) {
                requests.put(name, ProbeContent.OTHER);
            }
            Optional<StoreException> refused = Refusals.of(() -> delete(Digest.CHECKSUM));
            if (refused.isEmpty()) {
                addDeleted("yes", Level.WORKS, "");
                return;
            }
            String answer = Refusals.answer(refused.get());
            boolean adapts = Refusals.isUnsupported(refused.get());
            if (adapts && Refusals.of(() -> delete(Digest.MD5)).isEmpty()) {
                addDeleted(
                        "only with a Content-MD5 (otherwise " + answer + ")",
                        Level.DIFFERS,
                        "Slipway notices and sends one.");
            } else {
                findings.add(
                        Check.BATCH_DELETE,
                        adapts ? Level.DIFFERS : Level.WRONG,
                        answer,
                        adapts
                                ? "Slipway notices and deletes one by one, which takes longer for large directories."
                                : "Directories can be neither deleted nor renamed.");
            }
        });
    }

    private void delete(Digest digest) throws StoreException {
        DeleteResult result = requests.ask(requests.store()
                .deleteMany(new DeleteManyRequest(
                        requests.bucket(),
                        NAMES.stream()
                                .map(name -> new Target(requests.key(name).key(), null))
                                .toList(),
                        digest)));
        if (!result.refused().isEmpty()) {
            DeleteResult.Refusal refusal = result.refused().getFirst();
            throw new StoreException(refusal.error().failure(), refusal.code());
        }
    }

    private void addDeleted(String answer, Level level, String consequence) throws StoreException {
        for (String name : NAMES) {
            if (requests.exists(name)) {
                findings.add(
                        Check.BATCH_DELETE,
                        Level.WRONG,
                        "it says yes, and keeps the objects",
                        "Deleted files come back.");
                return;
            }
        }
        findings.add(Check.BATCH_DELETE, level, answer, consequence);
    }
}
