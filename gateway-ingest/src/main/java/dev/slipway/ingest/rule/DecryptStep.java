package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.openpgp.OpenPgpKey;
import dev.slipway.ingest.openpgp.OpenPgpReader;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** Decrypts the file with OpenPGP, and may verify who has signed it. The next steps are about what came out. */
final class DecryptStep implements RuleStep {
    private static final String TARGET = "{folder}/{stem}";

    private final StoreTarget target;
    private final boolean overwrite;
    private final boolean keep;
    private final List<String> keys;
    private final List<String> signers;

    DecryptStep(StepSettings settings) {
        target = new StoreTarget(Objects.requireNonNullElse(settings.to(), TARGET), settings.bucket());
        overwrite = settings.overwrites();
        keep = settings.keeps();
        keys = settings.keys();
        signers = settings.signers();
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket", "overwrite", "keep", "keys", "signers");
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
    public List<KeyUse> keys() {
        return Stream.concat(
                        KeyNames.uses("keys", keys, KeyUse.Purpose.DECRYPT).stream(),
                        KeyNames.uses("signers", signers, KeyUse.Purpose.VERIFY).stream())
                .toList();
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast(
                "decrypt to " + target.forecast(file)
                        + (signers.isEmpty() ? "" : ", if it is signed by " + String.join(" or ", signers))
                        + (keep ? "" : ", and remove the file"),
                target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        List<OpenPgpKey> decrypting = keys.isEmpty()
                ? run.services().keys().secret()
                : run.services().keys().find(keys);
        OpenPgpReader reader = new OpenPgpReader(
                run.services().keys().find(signers), run.rule().limits(), Instant.now());
        return extract(
                run, target, overwrite, keep, "decrypting", (file, size) -> reader.decrypt(file, size, decrypting));
    }

    /** Gets the contents of a file out of it. Their end fails if they are not genuine. */
    interface Extraction {
        InputStream open(InputStream file, long size) throws IOException;
    }

    /** Stores what is in the file, if it is genuine. Nothing is visible before that is known. */
    static StepResult extract(
            StepRun run, StoreTarget target, boolean overwrite, boolean keep, String phase, Extraction extraction)
            throws IOException {
        VirtualPath to = target.path(run);
        RuleFiles.requireOther(run.file(), to);
        Optional<Decompressions.Place> free = run.services().decompressions().take();
        if (free.isEmpty()) {
            run.phase("waiting for memory");
            return StepResult.LookAgain.SOON;
        }
        try (var _ = free.get();
                FileDownload download = run.open()) {
            run.run().onStop(download::close);
            long size = download.entry().size();
            run.run().progress(phase, 0, size);
            try (InputStream contents = extraction.open(new RuleFiles.DownloadStream(download), size)) {
                run.files().store(to, contents, download.entry().modified(), overwrite);
            }
        }
        RuleProgress next = run.progress().next(target.bucket(run), StoreTarget.key(to));
        return new StepResult.Done(keep ? next : next.leaving(run.progress().place()));
    }
}
