package dev.slipway.core.store.doctor;

import dev.slipway.core.Failure;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.doctor.ProbeReport.Check;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.requests.StoreFailures;
import java.time.Duration;
import java.util.Optional;

/** Whether the store answers, accepts the credentials, and has the bucket; its answers also tell its clock. */
final class ReachabilityProbe implements CapabilityProbe {
    private static final Duration LARGEST_SKEW = Duration.ofMinutes(5);

    private final ProbeRequests requests;
    private final Findings findings;

    ReachabilityProbe(ProbeRequests requests, Findings findings) {
        this.requests = requests;
        this.findings = findings;
    }

    /** Lists the bucket. {@link Check#LIST} is among the findings if the bucket exists, so that there is more to test. */
    @Override
    public void run() {
        try {
            var _ = requests.list("", null, 1);
        } catch (StoreException e) {
            if (Refusals.hasAnswer(e)) {
                addAnswer(e);
            } else {
                addSilence(Refusals.answer(e));
            }
            return;
        }
        addReached();
        findings.works(Check.CREDENTIALS, "yes");
        findings.works(Check.BUCKET, "yes");
        findings.works(Check.LIST, "yes");
    }

    private void addSilence(String reason) {
        if (reason.contains("credentials")) {
            findings.add(
                    Check.CREDENTIALS,
                    Level.WRONG,
                    reason,
                    "Set s3.accessKey and s3.secretKey, or give the process a role.");
        } else {
            findings.add(
                    Check.REACHABLE,
                    Level.WRONG,
                    reason,
                    "Check s3.endpoint, s3.proxy, s3.caFile, the network, and whether the store is running.");
        }
    }

    private void addAnswer(StoreException e) {
        String answer = Refusals.answer(e);
        switch (StoreFailures.code(e)) {
            case "InvalidAccessKeyId",
                    "SignatureDoesNotMatch",
                    "ExpiredToken",
                    "InvalidToken",
                    "InvalidSecurity",
                    "NotSignedUp",
                    "AccountProblem",
                    "TokenRefreshRequired",
                    "AuthorizationHeaderMalformed",
                    "RequestTimeTooSkewed",
                    "RequestExpired" -> {
                addReached();
                findings.add(
                        Check.CREDENTIALS,
                        Level.WRONG,
                        answer,
                        "Check s3.accessKey, s3.secretKey and s3.region: the store does not accept them.");
            }
            case "NoSuchBucket", "PermanentRedirect", "InvalidBucketName" -> {
                addReached();
                findings.add(
                        Check.BUCKET,
                        Level.WRONG,
                        answer,
                        "Create the bucket, or correct its name, s3.region or s3.endpoint. Slipway does not create"
                                + " buckets.");
            }
            default -> {
                if (e.failure() == Failure.PERMISSION_DENIED) {
                    addReached();
                    findings.add(
                            Check.LIST,
                            Level.WRONG,
                            answer,
                            "Allow s3:ListBucket. Without it no directory can be listed, and the gateway never becomes"
                                    + " ready.");
                } else {
                    findings.add(
                            Check.REACHABLE,
                            Level.WRONG,
                            answer,
                            "The server at s3.endpoint is not a working S3 store.");
                }
            }
        }
    }

    private void addReached() {
        findings.works(Check.REACHABLE, "yes");
        Optional<Duration> skew = requests.inspection().clockSkew();
        if (skew.isEmpty()) {
            findings.add(Check.CLOCK, Level.UNKNOWN, "its answers have no date", "");
            return;
        }
        long seconds = skew.get().abs().toSeconds();
        if (skew.get().abs().compareTo(LARGEST_SKEW) > 0) {
            findings.add(
                    Check.CLOCK,
                    Level.DIFFERS,
                    "they differ by " + seconds + " s",
                    "Synchronise the clocks. Stores refuse requests that seem to be 15 minutes old, and files show the"
                            + " store's times.");
        } else {
            findings.works(Check.CLOCK, "within " + (seconds + 1) + " s");
        }
    }
}
