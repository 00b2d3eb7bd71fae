package dev.slipway.admin.command;

import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import java.util.List;

/** Looks what there is, for those who type a path. Both calls block, and may be made from any thread. */
public interface PathLookup {
    /**
     * The first keys with a prefix, folded into common prefixes at the next {@code /}.
     *
     * @param limit the most of both, 2 to 1000
     */
    ObjectPage objects(String bucket, String prefix, int limit) throws StoreException;

    /**
     * Some of what is in a folder of a remote, in no order. Blocks for a connection.
     *
     * @param folder an absolute path
     * @param limit the most entries that are read, files among them
     */
    List<RemoteFile> entries(Remote remote, String folder, int limit) throws RemoteException;
}
