package dev.slipway.core.archive;

import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A gateway without archives. */
final class NoArchivedObjects implements ArchivedObjects {
    @Override
    public boolean anyIn(String bucket) {
        return false;
    }

    @Override
    public Optional<ArchivedObject> find(ObjectKey key) {
        return Optional.empty();
    }

    @Override
    public Optional<ArchivedObject> find(ObjectInfo version) {
        return Optional.empty();
    }

    @Override
    public ArchivedPage list(String bucket, String prefix, boolean delimited, @Nullable String after, int limit) {
        return new ArchivedPage(List.of(), List.of(), false);
    }

    @Override
    public void hide(Collection<ObjectKey> keys) {}

    @Override
    public void hideUnchanged(Collection<ObjectInfo> versions) {}
}
