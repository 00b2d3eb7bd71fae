package dev.slipway.app;

import dev.slipway.admin.management.RemoteAccess;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteReport;
import java.util.List;

/** Asks remotes, with a new client for each request: there are few. */
final class ClientAccess implements RemoteAccess {
    @Override
    public List<String> hostKeys(String host, int port) throws RemoteException {
        try (RemoteClient client = new RemoteClient()) {
            return client.hostKeys(host, port).stream().map(SshKeys::format).toList();
        }
    }

    @Override
    public RemoteReport test(Remote remote) throws RemoteException {
        try (RemoteClient client = new RemoteClient();
                RemoteConnection connection = client.connect(remote)) {
            return connection.test();
        }
    }
}
