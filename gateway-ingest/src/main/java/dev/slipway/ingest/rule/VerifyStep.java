package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.unit.Durations;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.core.vfs.FileVersion;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.openpgp.OpenPgpException;
import dev.slipway.ingest.openpgp.OpenPgpReader;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Verifies that somebody has signed the file with OpenPGP: by a signature in a file of its own, which may come later, or in
 * a message with the file in it, whose contents are stored.
 */
final class VerifyStep implements RuleStep {
    private static final Duration WAIT = Duration.ofMinutes(10);
    private static final StepResult LATER = new StepResult.LookAgain(Duration.ofSeconds(5));

    /** Each look reads the whole file. */
    private static final StepResult MUCH_LATER = new StepResult.LookAgain(Duration.ofSeconds(30));

    private final @Nullable StoreTarget target;
    private final StepSettings settings;
    private final boolean keep;
    private final List<String> signers;
    private final List<String> signatures;
    private final Duration wait;

    VerifyStep(StepSettings settings) {
        this.settings = settings;
        target = settings.to() == null ? null : new StoreTarget(settings);
        keep = settings.keeps();
        signers = settings.signers();
        signatures = settings.signature() == null ? List.of("{path}.sig", "{path}.asc") : List.of(settings.signature());
        wait = Objects.requireNonNullElse(settings.maxWait(), WAIT);
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket", "overwrite", "keep", "signers", "signature", "maxWait");
    }

    @Override
    public void check(Problems problems) {
        KeyNames.require(problems, "signers", signers, "must name at least one of openpgpKeys");
        if (target != null) {
            target.check(problems);
            needsNo(problems, "signature", settings.signature());
            needsNo(problems, "maxWait", settings.maxWait());
        } else {
            needsTo(problems, "bucket", settings.bucket());
            needsTo(problems, "overwrite", settings.overwrite());
            needsTo(problems, "keep", settings.keep());
        }
        if (settings.signature() != null) {
            Templates.check(problems, "signature", settings.signature());
        }
    }

    private static void needsNo(Problems problems, String setting, @Nullable Object value) {
        if (value != null) {
            problems.add(
                    setting, value, "cannot be used together with to, for messages that have the signature in them");
        }
    }

    private static void needsTo(Problems problems, String setting, @Nullable Object value) {
        if (value != null) {
            problems.add(setting, value, "requires to: without it, nothing is stored");
        }
    }

    @Override
    public Optional<String> bucket() {
        return Optional.ofNullable(target).flatMap(StoreTarget::otherBucket);
    }

    @Override
    public List<KeyUse> keys() {
        return KeyNames.uses("signers", signers, KeyUse.Purpose.VERIFY);
    }

    @Override
    public Forecast forecast(KeyValues file) {
        String whose = "verify that it is signed by " + String.join(" or ", signers);
        return target == null
                ? new Forecast(whose, file.path())
                : new Forecast(
                        whose + ", and store the contents as " + target.forecast(file)
                                + (keep ? "" : ", and remove the file"),
                        target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        OpenPgpReader reader = new OpenPgpReader(
                run.services().keys().find(signers), run.rule().limits(), Instant.now());
        if (target != null) {
            return DecryptStep.extract(run, target, settings.overwrites(), keep, "verifying", reader::open);
        }
        List<VirtualPath> there = signatures(run);
        if (there.isEmpty()) {
            return later(run);
        }
        Optional<Decompressions.Place> free = run.services().decompressions().take();
        if (free.isEmpty()) {
            run.phase("waiting for memory");
            return StepResult.LookAgain.SOON;
        }
        try (var _ = free.get()) {
            return tryEach(run, reader, there);
        }
    }

    /** One good signature is enough: the others may be those of an earlier file. */
    private StepResult tryEach(StepRun run, OpenPgpReader reader, List<VirtualPath> there)
            throws IOException, JobStoppedException {
        List<OpenPgpException> failures = new ArrayList<>();
        for (VirtualPath signature : there) {
            try {
                return new StepResult.Done(run.progress().nextAbout(verify(run, reader, signature)));
            } catch (OpenPgpException e) {
                run.run().throwIfStopped();
                failures.add(e);
            }
        }
        if (isWaiting(run)) {
            run.phase("waiting for a signature of this file");
            return MUCH_LATER;
        }
        throw failures.getFirst();
    }

    /** Returns the ETag of the version that was verified; empty if the store has none. */
    private static String verify(StepRun run, OpenPgpReader reader, VirtualPath signature) throws IOException {
        try (FileDownload file = run.open();
                FileDownload signed = run.files().open(signature)) {
            run.run().onStop(file::close);
            run.run().onStop(signed::close);
            run.run().progress("verifying", 0, file.entry().size());
            reader.verify(new RuleFiles.DownloadStream(file), new RuleFiles.DownloadStream(signed));
            FileVersion version = file.entry().version();
            return version == null ? "" : version.etag();
        }
    }

    private List<VirtualPath> signatures(StepRun run) throws IOException {
        List<VirtualPath> found = new ArrayList<>();
        for (String template : signatures) {
            VirtualPath path = new StoreTarget(template, null).path(run);
            if (run.files().find(path).filter(there -> !there.directory()).isPresent()) {
                found.add(path);
            }
        }
        return found;
    }

    private boolean isWaiting(StepRun run) {
        return Instant.now().isBefore(Instant.ofEpochSecond(run.request().at()).plus(wait));
    }

    /** Nobody says which of both files comes first. */
    private StepResult later(StepRun run) throws JobException {
        if (isWaiting(run)) {
            run.phase("waiting for the signature");
            return LATER;
        }
        throw JobException.permanent(run.where() + "no signature "
                + String.join(" or ", signatures.stream().map(run::expand).toList()) + " has come within "
                + Durations.format(wait));
    }
}
