package dev.slipway.core.store.doctor;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.Failure;
import dev.slipway.core.s3.BodyReceiver;
import dev.slipway.core.s3.ByteRange;
import dev.slipway.core.s3.GetRequest;
import dev.slipway.core.s3.ObjectHead;
import dev.slipway.core.s3.S3Error;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.requests.StoreFailures;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;

/** Whether objects can be written, read, missed and deleted. */
final class ObjectProbe implements CapabilityProbe {
    private static final ByteRange RANGE = new ByteRange(1, 4);

    private final ProbeRequests requests;
    private final Findings findings;

    ObjectProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    /** Leaves the object "small". If none can be written, {@link Check#PUT} is the only finding. */
    @Override
    public void run() {
        if (!isWritable()) {
            return;
        }
        findings.check(Check.GET, this::read);
        findings.check(Check.HEAD_MISSING, this::missing);
        findings.check(Check.DELETE, this::delete);
    }

    private boolean isWritable() {
        try {
            Optional<StoreException> refused = Refusals.of(() -> requests.put("small", ProbeContent.SMALL));
            if (refused.isEmpty()) {
                findings.works(Check.PUT, "yes");
                return true;
            }
            findings.add(
                    Check.PUT,
                    Level.WRONG,
                    Refusals.answer(refused.get()),
                    refused.get().failure() == Failure.PERMISSION_DENIED
                            ? "Allow s3:PutObject. Without it only downloads work; nothing else was tested."
                            : "Uploads will fail in the same way; nothing else was tested.");
        } catch (StoreException e) {
            findings.add(Check.PUT, Level.UNKNOWN, Refusals.answer(e), "Nothing else was tested.");
        }
        return false;
    }

    private void read() throws StoreException {
        ReceivedRange read = new ReceivedRange();
        Optional<StoreException> refused = Refusals.of(() -> requests.ask(
                requests.store().get(GetRequest.of(requests.key("small")).withRange(RANGE), read)));
        boolean otherBytes = refused.isPresent() && StoreFailures.is(refused.get(), S3Error.DAMAGED);
        if (refused.isPresent() && !otherBytes) {
            findings.add(
                    Check.GET,
                    Level.WRONG,
                    Refusals.answer(refused.get()),
                    "Allow s3:GetObject. Without it there are no downloads, and uploads cannot see what they replace.");
        } else if (otherBytes || !Arrays.equals(read.bytes(), Arrays.copyOfRange(ProbeContent.SMALL, 1, 5))) {
            findings.add(
                    Check.GET,
                    Level.WRONG,
                    "the bytes of a range are not those that were asked for",
                    "Downloads will fail: Slipway reads in ranges, and checks that it gets them.");
        } else {
            findings.works(Check.GET, "yes, including ranges");
        }
    }

    /** The few bytes of a range. */
    private static final class ReceivedRange implements BodyReceiver {
        @GuardedBy("this")
        private final ByteArrayOutputStream received = new ByteArrayOutputStream();

        @Override
        public boolean begin(ObjectHead head) {
            return true;
        }

        @Override
        public synchronized void receive(ByteBuffer data) {
            byte[] bytes = new byte[data.remaining()];
            data.get(bytes);
            received.writeBytes(bytes);
        }

        synchronized byte[] bytes() {
            return received.toByteArray();
        }
    }

    private void missing() throws StoreException {
        Optional<StoreException> missing = Refusals.of(() -> requests.head("never-there"));
        if (missing.isEmpty()) {
            findings.add(
                    Check.HEAD_MISSING,
                    Level.WRONG,
                    "it says that there is one",
                    "Every upload would seem to replace a file.");
        } else if (missing.get().failure() == Failure.NOT_FOUND) {
            findings.works(Check.HEAD_MISSING, "404");
        } else {
            findings.add(
                    Check.HEAD_MISSING,
                    Level.WRONG,
                    Refusals.answer(missing.get()),
                    "Allow s3:ListBucket. Without it a missing file looks like a refused one.");
        }
    }

    private void delete() throws StoreException {
        requests.put("deleted", ProbeContent.OTHER);
        Optional<StoreException> refused = Refusals.of(() -> requests.delete("deleted"));
        if (refused.isPresent()) {
            findings.add(
                    Check.DELETE,
                    Level.WRONG,
                    Refusals.answer(refused.get()),
                    "Allow s3:DeleteObject. Without it files can be neither deleted nor renamed, and this probe leaves its"
                            + " objects behind.");
        } else if (requests.exists("deleted")) {
            findings.add(Check.DELETE, Level.WRONG, "it says yes, and keeps the object", "Deleted files come back.");
        } else {
            findings.works(Check.DELETE, "yes");
        }
    }
}
