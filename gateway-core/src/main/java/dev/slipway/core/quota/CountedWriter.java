package dev.slipway.core.quota;

import dev.slipway.core.Failure;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.StoredVersion;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.WriteCondition;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An upload that reserves quota for its bytes as they arrive. */
final class CountedWriter implements ObjectWriter {
    private final StorageQuotas quotas;
    private final ObjectKey key;
    private final ObjectWriter writer;
    private final UploadReservation upload;

    CountedWriter(StorageQuotas quotas, ObjectKey key, ObjectWriter writer, UploadReservation upload) {
        this.quotas = quotas;
        this.key = key;
        this.writer = writer;
        this.upload = upload;
    }

    @Override
    public void write(ByteBuffer data) throws StoreException {
        upload.hold(writer.size() + data.remaining());
        writer.write(data);
    }

    @Override
    public void retain(long end) throws StoreException {
        upload.hold(end);
        writer.retain(end);
    }

    @Override
    public void expectSize(long size) throws StoreException {
        upload.hold(size);
        writer.expectSize(size);
    }

    @Override
    public long size() {
        return writer.size();
    }

    @Override
    public Optional<Failure> failure() {
        return writer.failure();
    }

    @Override
    public void awaitParts() throws StoreException {
        writer.awaitParts();
    }

    @Override
    public StoredVersion complete(WriteCondition condition, @Nullable UploadOrigin origin) throws StoreException {
        // Usually known by now: it was requested when the upload began.
        var _ = upload.replaced();
        quotas.ledger().begin(key);
        boolean stored = false;
        Failure failure = Failure.INTERNAL;
        try {
            StoredVersion version = writer.complete(condition, origin);
            stored = true;
            return version;
        } catch (StoreException e) {
            failure = e.failure();
            throw e;
        } finally {
            if (stored) {
                long old = condition.equals(WriteCondition.IF_ABSENT) ? Ledger.ABSENT : upload.replaced();
                quotas.changed(key, old, writer.size(), upload.held());
            } else {
                quotas.failed(key, failure);
            }
        }
    }

    @Override
    public void attributes(ObjectAttributes attributes) {
        writer.attributes(attributes);
    }

    @Override
    public boolean isResumable() {
        return writer.isResumable();
    }

    @Override
    public long keptBytes() {
        return writer.keptBytes();
    }

    @Override
    public void suspend(@Nullable Instant modified) throws StoreException {
        try {
            writer.suspend(modified);
        } finally {
            quotas.interruptedUploadsChanged();
            upload.end();
        }
    }

    @Override
    public void close() {
        writer.close();
        upload.end();
    }
}
