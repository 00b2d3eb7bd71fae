package dev.slipway.ingest.rule;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.openpgp.OpenPgpKey;
import dev.slipway.ingest.openpgp.OpenPgpWriter;
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
import org.jspecify.annotations.Nullable;

/**
 * Signs the file with OpenPGP: a signature in a file of its own, or a message with the file in it. The next steps are about
 * what was made.
 */
final class SignStep implements RuleStep {
    private final StoreTarget target;
    private final boolean overwrite;
    private final boolean armor;
    private final boolean detached;
    private final @Nullable String signer;

    SignStep(StepSettings settings) {
        armor = settings.armors();
        detached = settings.detached() == null || settings.detached();
        String to = armor ? "{path}.asc" : detached ? "{path}.sig" : "{path}.pgp";
        target = new StoreTarget(Objects.requireNonNullElse(settings.to(), to), settings.bucket());
        overwrite = settings.overwrites();
        signer = settings.signer();
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket", "overwrite", "signer", "armor", "detached");
    }

    @Override
    public void check(Problems problems) {
        target.check(problems);
        if (signer == null) {
            problems.add("signer", null, "must name one of openpgpKeys");
        }
    }

    @Override
    public Optional<String> bucket() {
        return target.otherBucket();
    }

    @Override
    public List<KeyUse> keys() {
        return KeyNames.use("signer", signer, KeyUse.Purpose.SIGN);
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast("sign by " + signer + " to " + target.forecast(file), target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        VirtualPath file = run.file();
        VirtualPath to = target.path(run);
        RuleFiles.requireOther(file, to);
        OpenPgpKey author = run.services()
                .keys()
                .find(List.of(Objects.requireNonNull(signer)))
                .getFirst();
        try (FileDownload download = run.open()) {
            run.run().onStop(download::close);
            run.run().progress("signing", 0, download.entry().size());
            InputStream bytes = new RuleFiles.DownloadStream(download);
            run.files()
                    .make(
                            to,
                            overwrite,
                            out -> {
                                OpenPgpWriter writer = new OpenPgpWriter(out, armor, Instant.now());
                                if (detached) {
                                    writer.signApart(bytes, author);
                                } else {
                                    writer.sign(
                                            new OpenPgpWriter.Plain(
                                                    bytes,
                                                    file.segments().getLast(),
                                                    download.entry().modified()),
                                            author);
                                }
                            },
                            run::storing,
                            run.progress().digest());
        }
        return new StepResult.Done(run.progress().next(target.bucket(run), StoreTarget.key(to)));
    }

    @Override
    public void undo(StepRun run) throws IOException {
        String digest = run.progress().digest();
        if (digest != null) {
            run.files().removeMade(target.path(run), digest);
        }
    }
}
