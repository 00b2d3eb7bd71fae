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
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Encrypts the file with OpenPGP, and may sign it. The next steps are about the encrypted file. */
final class EncryptStep implements RuleStep {
    private final StoreTarget target;
    private final boolean overwrite;
    private final boolean keep;
    private final boolean armor;
    private final List<String> recipients;
    private final @Nullable String signer;

    EncryptStep(StepSettings settings) {
        armor = settings.armors();
        target = new StoreTarget(
                Objects.requireNonNullElse(settings.to(), armor ? "{path}.asc" : "{path}.pgp"), settings.bucket());
        overwrite = settings.overwrites();
        keep = settings.keeps();
        recipients = settings.recipients();
        signer = settings.signer();
    }

    @Override
    public Set<String> settings() {
        return Set.of("to", "bucket", "overwrite", "keep", "recipients", "signer", "armor");
    }

    @Override
    public void check(Problems problems) {
        target.check(problems);
        KeyNames.require(problems, "recipients", recipients, "must name at least one of openpgpKeys");
    }

    @Override
    public Optional<String> bucket() {
        return target.otherBucket();
    }

    @Override
    public List<KeyUse> keys() {
        return Stream.concat(
                        KeyNames.uses("recipients", recipients, KeyUse.Purpose.ENCRYPT).stream(),
                        KeyNames.use("signer", signer, KeyUse.Purpose.SIGN).stream())
                .toList();
    }

    @Override
    public Forecast forecast(KeyValues file) {
        return new Forecast(
                "encrypt for " + KeyNames.join(recipients) + " to " + target.forecast(file)
                        + (signer == null ? "" : ", signed by " + signer)
                        + (keep ? "" : ", and remove the file"),
                target.forecastKey(file));
    }

    @Override
    public StepResult run(StepRun run) throws IOException, JobException, JobStoppedException {
        VirtualPath file = run.file();
        VirtualPath to = target.path(run);
        RuleFiles.requireOther(file, to);
        List<OpenPgpKey> readers = run.services().keys().find(recipients);
        OpenPgpKey author = signer == null
                ? null
                : run.services().keys().find(List.of(signer)).getFirst();
        try (FileDownload download = run.open()) {
            run.run().onStop(download::close);
            run.run().progress("encrypting", 0, download.entry().size());
            OpenPgpWriter.Plain plain = new OpenPgpWriter.Plain(
                    new RuleFiles.DownloadStream(download),
                    file.segments().getLast(),
                    download.entry().modified());
            run.files()
                    .make(
                            to,
                            overwrite,
                            out -> new OpenPgpWriter(out, armor, Instant.now()).encrypt(plain, readers, author),
                            run::storing,
                            run.progress().digest());
        }
        RuleProgress next = run.progress().next(target.bucket(run), StoreTarget.key(to));
        return new StepResult.Done(keep ? next : next.leaving(run.progress().place()));
    }

    @Override
    public void undo(StepRun run) throws IOException {
        String digest = run.progress().digest();
        if (digest != null) {
            run.files().removeMade(target.path(run), digest);
        }
    }
}
