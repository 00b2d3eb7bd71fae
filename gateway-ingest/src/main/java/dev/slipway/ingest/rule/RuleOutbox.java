package dev.slipway.ingest.rule;

import dev.slipway.core.state.UploadOutbox;
import dev.slipway.core.store.StoredUpload;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.function.BiConsumer;
import org.jdbi.v3.core.Handle;
import org.jspecify.annotations.Nullable;

/** Submits a job for each upload that a rule takes, in the transaction that ends the upload. */
public final class RuleOutbox implements UploadOutbox {
    private final Rules rules;
    private volatile @Nullable BiConsumer<Handle, NewJob> jobs;

    /** Takes no uploads before {@link #attach}. */
    public RuleOutbox(Rules rules) {
        this.rules = rules;
    }

    /** Sets what submits a job in a transaction. */
    public void attach(BiConsumer<Handle, NewJob> submit) {
        jobs = submit;
    }

    @Override
    public boolean isWanted() {
        return !rules.isEmpty();
    }

    @Override
    public void stored(Handle transaction, StoredUpload upload) {
        Rules.ArrivedFile file = new Rules.ArrivedFile(
                upload.origin().account(),
                upload.origin().path(),
                upload.origin().origin(),
                upload.bytes());
        switch (rules.match(file, null)) {
            case Rules.Match.Taken(RuleSettings rule) -> submit(transaction, rule.name(), upload);
            // The transaction must not wait for the store.
            case Rules.Match.Undecided _ -> submit(transaction, "", upload);
            case Rules.Match.None _ -> {}
        }
    }

    private void submit(Handle transaction, String rule, StoredUpload upload) {
        BiConsumer<Handle, NewJob> submit = jobs;
        if (submit == null) {
            throw new IllegalStateException("jobs cannot be submitted yet");
        }
        submit.accept(transaction, job(rule, upload));
    }

    /** The same upload always leads to the same job. */
    private static NewJob job(String rule, StoredUpload upload) {
        String id = UUID.nameUUIDFromBytes(("rule\n" + upload.id()).getBytes(StandardCharsets.UTF_8))
                .toString();
        String file = upload.key().bucket() + ":" + upload.key().key();
        return new NewJob(
                id,
                RuleKind.NAME,
                StoredJson.write(RuleRequest.of(rule, upload)),
                null,
                file,
                rule.isEmpty() ? "rules" : "rule " + rule,
                0,
                null,
                upload.origin().account(),
                "",
                null);
    }

    /** The engine wakes itself. */
    @Override
    public void committed() {}
}
