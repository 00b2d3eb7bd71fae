package dev.slipway.admin.management;

import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteReport;
import java.util.List;

/** Asks remote servers for their host keys and capabilities, and tests them. Both calls block for a connection. */
public interface RemoteAccess {
    /**
     * The host keys that a server presents, unverified.
     *
     * @return public keys as in {@code known_hosts}: type and Base64; at least one
     */
    List<String> hostKeys(String host, int port) throws RemoteException;

    /** Logs in and tests what pushes need; see {@link dev.slipway.transfer.remote.RemoteConnection#test}. */
    RemoteReport test(Remote remote) throws RemoteException;
}
