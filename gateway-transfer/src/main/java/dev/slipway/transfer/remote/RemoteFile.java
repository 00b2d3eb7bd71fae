package dev.slipway.transfer.remote;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A file or folder of a remote. Links are followed.
 *
 * @param name its last segment; of {@link RemoteConnection#stat} the path that was asked for
 * @param size bytes; of a folder what the remote says, or 0
 * @param folder whether it is a folder
 * @param modified when it was last changed, to the second; null if the remote does not tell
 */
public record RemoteFile(
        String name, long size, boolean folder, @Nullable Instant modified) {}
