package dev.slipway.core.store.doctor;

import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.requests.StoreFailures;
import java.util.OptionalInt;

/** Whether a lifecycle rule of the bucket aborts unfinished uploads. */
final class LifecycleProbe implements CapabilityProbe {
    private static final String ADVICE =
            "Set a rule that aborts incomplete multipart uploads after some days, for leftovers of a gateway that"
                    + " never starts again.";

    private final ProbeRequests requests;
    private final Findings findings;

    LifecycleProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    @Override
    public void run() {
        findings.check(Check.LIFECYCLE, () -> {
            OptionalInt days;
            try {
                days = requests.ask(requests.inspection().daysUntilAbort(requests.bucket()));
            } catch (StoreException e) {
                boolean none = StoreFailures.code(e).equals("NoSuchLifecycleConfiguration");
                findings.add(Check.LIFECYCLE, none ? Level.DIFFERS : Level.UNKNOWN, Refusals.answer(e), ADVICE);
                return;
            }
            if (days.isPresent()) {
                findings.works(Check.LIFECYCLE, "after " + days.getAsInt() + " days");
            } else {
                findings.add(Check.LIFECYCLE, Level.DIFFERS, "no", ADVICE);
            }
        });
    }
}
