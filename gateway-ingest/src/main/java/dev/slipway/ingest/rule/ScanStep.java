package dev.slipway.ingest.rule;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.ScanResult;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileVersion;
import dev.slipway.ingest.scan.Clamd;
import dev.slipway.ingest.scan.ScanOutcome;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.StoredJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has clamd scan the file. An infected one is moved to a quarantine, and no further step is done. What was found is durable
 * before the file is moved, so that a crash in between cannot let it through or move another version.
 */
final class ScanStep implements RuleStep {
    private static final Logger log = LoggerFactory.getLogger(ScanStep.class);

    /** How much of the file is read at once, in bytes. */
    private static final int BUFFER = 1 << 16;

    /** The longest value of a tag (Amazon S3 User Guide, categorizing your storage using tags). */
    private static final int LONGEST_TAG = 256;

    /** What is kept of a name, in characters: nobody must escape the quarantine by a long one. */
    private static final int LONGEST_NAME = 150;

    private final StoreTarget target;

    ScanStep(StepSettings settings) {
        target = new StoreTarget(settings);
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket");
    }

    @Override
    public void check(Problems problems) {
        target.check(problems);
    }

    @Override
    public Optional<String> bucket() {
        return target.otherBucket();
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast(
                "scan with clamd; an infected file is moved into the folder " + target.forecast(file), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        FileScans scans = run.services()
                .scans()
                .orElseThrow(() -> JobException.permanent(run.where() + "the gateway has no scanner: set scan.clamd"));
        RuleProgress.Finding known = run.progress().finding();
        ObjectKey quarantine = quarantine(run);
        if (known != null) {
            return move(run, scans, known, quarantine);
        }
        requirePrivate(run, scans, quarantine);
        Optional<Clamd.Scan> place = begin(run, scans.clamd());
        if (place.isEmpty()) {
            run.phase("waiting for the scanner");
            return StepResult.LookAgain.SOON;
        }
        String etag;
        ScanOutcome outcome;
        try (Clamd.Scan scan = place.get();
                FileDownload file = run.open()) {
            run.run().onStop(file::close);
            run.run().onStop(scan::close);
            FileVersion version = file.entry().version();
            etag = version == null ? "" : version.etag();
            outcome = scan(run, scan, file);
        } catch (ClosedChannelException e) {
            run.run().throwIfStopped();
            throw JobException.temporary(run.where() + "the scan was aborted", e);
        }
        scans.scanned(run, outcome);
        if (scans.clamd().accepts(outcome)) {
            return new StepResult.Done(run.progress().nextAbout(etag));
        }
        if (outcome.result() != ScanResult.INFECTED) {
            String message = run.where() + "the file was not scanned: " + outcome.detail();
            throw outcome.result() == ScanResult.UNAVAILABLE
                    ? JobException.temporary(message)
                    : JobException.permanent(message);
        }
        RuleProgress.Finding finding = new RuleProgress.Finding(outcome.detail(), etag);
        run.run().save(StoredJson.write(run.progress().found(finding)));
        return move(run, scans, finding, quarantine);
    }

    /** No two files have the same place there, so that each that is found is kept. */
    private ObjectKey quarantine(StepRun run) throws VfsException {
        VirtualPath folder = target.path(run);
        VirtualPath file = folder.child(
                run.run().job().id() + "-" + end(run.file().segments().getLast(), LONGEST_NAME));
        return new ObjectKey(target.bucket(run), StoreTarget.key(file));
    }

    private static void requirePrivate(StepRun run, FileScans scans, ObjectKey quarantine) throws JobException {
        try {
            Optional<String> reader = scans.reader(run, quarantine);
            if (reader.isPresent()) {
                throw JobException.permanent(run.where() + "the file was not scanned, since the account " + reader.get()
                        + " could read it in the quarantine, too: choose a bucket or a folder that no mount of the"
                        + " account shows");
            }
        } catch (IllegalStateException e) {
            throw JobException.temporary(run.where() + e.getMessage(), e);
        }
    }

    private static Optional<Clamd.Scan> begin(StepRun run, Clamd clamd) throws JobException {
        try {
            return clamd.begin("rule:" + run.rule().name(), Duration.ZERO);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary(run.where() + "the scan was interrupted", e);
        }
    }

    private static ScanOutcome scan(StepRun run, Clamd.Scan scan, FileDownload file)
            throws IOException, JobStoppedException {
        long size = file.entry().size();
        ByteBuffer buffer = ByteBuffer.allocate(BUFFER);
        long offset = 0;
        while (true) {
            run.run().throwIfStopped();
            run.run().progress("scanning", offset, size);
            int read = file.read(offset, buffer.clear());
            if (read < 0) {
                return scan.finish();
            }
            Optional<ScanOutcome> early = scan.add(buffer.flip());
            if (early.isPresent()) {
                return early.get();
            }
            offset += read;
        }
    }

    /** Only the version that was scanned is moved. Others are not known to be infected, and have jobs of their own. */
    private static StepResult move(StepRun run, FileScans scans, RuleProgress.Finding finding, ObjectKey quarantine)
            throws IOException, JobException {
        run.phase("moving to the quarantine");
        String found = run.where() + "clamd has found " + finding.signature() + "; ";
        VirtualPath to = RuleFiles.path(quarantine.bucket(), quarantine.key());
        Optional<String> etag = finding.etag().isEmpty() ? Optional.empty() : Optional.of(finding.etag());
        try {
            run.files().move(run.file(), to, false, etag);
        } catch (VfsException e) {
            if (e.failure() != Failure.CONFLICT && e.failure() != Failure.NOT_FOUND) {
                throw e;
            }
            // If an earlier attempt has copied the file, a newer one may have its place by now.
            if (run.files().find(to).isEmpty()) {
                log.warn(
                        "{} of {} is infected with {}, but was replaced or deleted before it could be moved",
                        run.file(),
                        run.request().account(),
                        finding.signature());
                return new StepResult.Quarantined(
                        found + "the file was replaced or deleted before it could be moved. No further step was done");
            }
        }
        String untagged = tag(run, finding, quarantine);
        log.warn(
                "{} of {} is infected with {}, and was moved to {}",
                run.file(),
                run.request().account(),
                finding.signature(),
                to);
        scans.quarantined(run, quarantine, finding.signature());
        return new StepResult.Quarantined(found + "the file was moved to " + quarantine.bucket() + ":"
                + quarantine.key() + untagged + ". No further step was done");
    }

    /** Has the file say what it is. Returns why it does not, for the end of a sentence; empty if it does. */
    private static String tag(StepRun run, RuleProgress.Finding finding, ObjectKey quarantine) throws StoreException {
        Map<String, String> tags = new LinkedHashMap<>();
        tags.put("slipway-signature", value(finding.signature()));
        tags.put(
                "slipway-source",
                value(run.progress().bucket() + "/" + run.progress().key()));
        tags.put("slipway-account", value(run.request().account()));
        tags.put("slipway-rule", run.rule().name());
        tags.put("slipway-job", run.run().job().id());
        tags.put("slipway-uploaded", Instant.ofEpochSecond(run.request().at()).toString());
        try {
            run.services().tags().addTags(quarantine, tags);
            return "";
        } catch (StoreException e) {
            if (e.failure().isTemporary() && !e.isPermanent()) {
                throw e;
            }
            // Where the file is matters more.
            return " (it has no tags: " + e.getMessage() + ")";
        }
    }

    /** S3 allows letters, digits, spaces and some others in tags. Of a long value, the end says more. */
    private static String value(String text) {
        return end(text.replaceAll("[^\\p{L}\\p{N}\\p{Z}+=._:/@-]", "_"), LONGEST_TAG);
    }

    private static String end(String text, int most) {
        int from = Math.max(0, text.length() - most);
        boolean splits = from > 0 && Character.isLowSurrogate(text.charAt(from));
        return text.substring(splits ? from + 1 : from);
    }
}
