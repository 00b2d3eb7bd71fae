package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.HeadRequest;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.s3.Encryption;
import dev.slipway.core.store.s3.StorageRule;
import java.util.Objects;

/** Whether objects are encrypted and classed as the settings ask for one place of the bucket. */
final class StoragePolicyProbe implements CapabilityProbe {
    private final ProbeRequests requests;
    private final Findings findings;
    private final StorageRule rule;

    StoragePolicyProbe(ProbeRequests requests, Findings findings, StorageRule rule) {
        this.requests = requests;
        this.findings = findings;
        this.rule = rule;
    }

    @Override
    public void run() {
        findings.check(Check.STORAGE, this::store);
    }

    private void store() throws StoreException {
        ObjectKey key = new ObjectKey(
                requests.bucket(), rule.prefix() + requests.key("stored").key());
        ObjectHead stored;
        try {
            requests.put(PutRequest.of(key), ProbeContent.SMALL);
            stored = requests.ask(requests.store().head(HeadRequest.of(key)));
        } catch (StoreException e) {
            // A role that cannot be assumed has no answer of the store.
            boolean isRole = rule.policy().role() != null && !Refusals.hasAnswer(e);
            if (!isRole && !Refusals.isRefusal(e)) {
                throw e;
            }
            findings.add(
                    Check.STORAGE,
                    Level.WRONG,
                    rule.place() + ": " + Refusals.answer(e),
                    "Uploads there will fail in the same way. Correct this place under storage in the settings, or "
                            + "allow its role, key, class or ACL.");
            return;
        }
        compare(stored);
    }

    private void compare(ObjectHead stored) {
        String storageClass = rule.policy().storageClass();
        String foundClass = Objects.requireNonNullElse(stored.description().storageClass(), "STANDARD");
        if (!isEncrypted(stored)) {
            findings.add(
                    Check.STORAGE,
                    Level.WRONG,
                    rule.place() + ": it takes the request, and does not encrypt",
                    "Files there are not encrypted as the settings ask.");
        } else if (storageClass != null && !storageClass.equals(foundClass)) {
            findings.add(
                    Check.STORAGE,
                    Level.DIFFERS,
                    rule.place() + ": in class " + foundClass + ", not in " + storageClass,
                    "Files there are stored in that class.");
        } else {
            findings.works(Check.STORAGE, rule.place() + ": yes");
        }
    }

    private boolean isEncrypted(ObjectHead stored) {
        String algorithm = stored.description().encryption().algorithm();
        return switch (rule.policy().encryption()) {
            case Encryption.BucketDefault _ -> true;
            case Encryption.StoreKeys _ -> "AES256".equals(algorithm);
            case Encryption.Kms _ -> "aws:kms".equals(algorithm);
            // The store would refuse a HEAD with another key than the one that it has used.
            case Encryption.Customer _ -> stored.customerKey();
        };
    }
}
