package dev.slipway.admin.management;

import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import java.util.List;

/** Looks up paths for completion. Both calls block, and may be made from any thread. */
@SuppressWarnings("exports") // only Slipway itself uses it
public interface PathLookup {
    /**
     * The first keys with a prefix, folded into common prefixes at the next {@code /}.
     *
     * @param limit maximum number of both together, 2 to 1000
     */
    ObjectPage objects(String bucket, String prefix, int limit) throws StoreException;

    /**
     * Some entries of a folder of a remote, unordered. Blocks for a connection.
     *
     * @param folder an absolute path
     * @param limit maximum number of entries to read, including files
     */
    List<RemoteFile> entries(Remote remote, String folder, int limit) throws RemoteException;
}
