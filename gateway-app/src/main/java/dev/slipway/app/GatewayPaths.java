package dev.slipway.app;

import dev.slipway.admin.management.PathLookup;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectSources;
import dev.slipway.core.store.StoreException;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFile;
import java.util.List;

/**
 * Looks up paths in the gateway's store and on remotes, using the connections of pushes.
 *
 * @param store closed by the caller
 * @param client likewise
 */
record GatewayPaths(ObjectSources store, RemoteClient client) implements PathLookup {
    @Override
    public ObjectPage objects(String bucket, String prefix, int limit) throws StoreException {
        return store.list(bucket, prefix, true, null, limit);
    }

    @Override
    public List<RemoteFile> entries(Remote remote, String folder, int limit) throws RemoteException {
        // After success, the connection is kept for the next level.
        try (RemoteConnection connection = client.lease(remote)) {
            List<RemoteFile> entries = connection.list(folder, limit);
            connection.release();
            return entries;
        }
    }
}
