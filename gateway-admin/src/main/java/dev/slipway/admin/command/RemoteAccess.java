package dev.slipway.admin.command;

import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteException;
import java.util.List;

/** Asks remote servers who they are and what they can do. Both calls block for a connection. */
public interface RemoteAccess {
    /**
     * The host keys that a server shows, which nobody has verified.
     *
     * @return public keys as {@code known_hosts} has them: type and Base64; at least one
     */
    List<String> hostKeys(String host, int port) throws RemoteException;

    /** Logs in, and finds out what the remote can do. */
    Capabilities probe(Remote remote) throws RemoteException;
}
