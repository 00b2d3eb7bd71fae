package dev.slipway.core.store.doctor;

import dev.slipway.core.s3.Precondition;
import dev.slipway.core.s3.PutRequest;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;

/** Whether PutObject respects conditions, and the ETags that these need. Replaces the object "small". */
final class ConditionProbe implements CapabilityProbe {
    private static final Precondition WRONG_ETAG = new Precondition.IfMatch("\"00000000000000000000000000000000\"");

    private final ProbeRequests requests;
    private final Findings findings;

    ConditionProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.PUT_IF_ABSENT, () -> put(Check.PUT_IF_ABSENT, Precondition.IF_ABSENT));
        findings.check(Check.PUT_IF_MATCH, () -> put(Check.PUT_IF_MATCH, WRONG_ETAG));
        findings.check(Check.ENTITY_TAGS, this::compareEtags);
    }

    private void put(Check check, Precondition condition) throws StoreException {
        PutRequest request = PutRequest.of(requests.key("small")).withCondition(condition);
        findings.addCondition(check, Refusals.of(() -> requests.put(request, ProbeContent.SMALL)));
    }

    private void compareEtags() throws StoreException {
        String put = requests.put("small", ProbeContent.SMALL);
        String head = requests.head("small").etag();
        if (head.isEmpty()) {
            findings.add(
                    Check.ENTITY_TAGS,
                    Level.DIFFERS,
                    "none",
                    "Slipway cannot tell that a file is replaced while it is being read.");
        } else if (!put.equals(head)) {
            findings.add(
                    Check.ENTITY_TAGS,
                    Level.DIFFERS,
                    "after a write it gives '" + put + "', later '" + head + "'",
                    "Slipway checks again after each upload that sets a time.");
        } else {
            findings.works(Check.ENTITY_TAGS, "yes");
        }
    }
}
