package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Decides which uploads are inspected before their files appear. Such an upload cannot be resumed after an interruption,
 * and cannot change an existing file: whoever inspects it must see all of the file, from its first byte. Thread-safe.
 */
public interface UploadInspections {
    /** Inspects nothing. */
    UploadInspections NONE = new UploadInspections() {
        @Override
        public boolean covers(String account, @Nullable Client client, VirtualPath file) {
            return false;
        }

        @Override
        public UploadInspection begin(String account, @Nullable Client client, VirtualPath file, Duration wait) {
            throw new IllegalStateException("nothing is inspected");
        }
    };

    /**
     * Whether uploads of a path are inspected. Does not block.
     *
     * @param client who uploads; null for the gateway's own use
     * @param file as the account sees it
     */
    boolean covers(String account, @Nullable Client client, VirtualPath file);

    /**
     * Begins to inspect an upload that is covered. Must be called before memory is reserved for it, since this may wait.
     *
     * @param wait how long it may block until there is room for another inspection; zero to not wait at all
     * @return owned by the caller
     * @throws VfsException {@link dev.slipway.core.Failure#BUSY} if there was no room in time
     */
    UploadInspection begin(String account, @Nullable Client client, VirtualPath file, Duration wait)
            throws VfsException;
}
