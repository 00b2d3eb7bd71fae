package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.Remotes;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The remotes of a gateway: those of its configuration, which are read-only here, and those of its state database. Commands
 * and the HTTP API change remotes through this class only.
 *
 * <p>All calls block for the database and may come from any thread. A remote that breaks a rule is refused with an
 * {@link dev.slipway.transfer.remote.InvalidRemoteException}, which names each field.
 */
public final class ManagedRemotes {
    private final Remotes remotes;

    public ManagedRemotes(Remotes remotes) {
        this.remotes = remotes;
    }

    /** All remotes by name. A configured remote hides one of the database that has its name. */
    public List<Remote> all() {
        return remotes.all();
    }

    /** Whether the configuration defines a remote. */
    public boolean isConfigured(String name) {
        return remotes.isConfigured(name);
    }

    /**
     * Returns a remote.
     *
     * @throws ManagementException if it does not exist
     */
    public Remote find(String name) throws ManagementException {
        return remotes.find(name).orElseThrow(() -> unknown(name));
    }

    /**
     * Fails if the configuration defines a remote.
     *
     * @throws ManagementException it does
     */
    public void requireWritable(String name) throws ManagementException {
        if (remotes.isConfigured(name)) {
            throw new ManagementException(
                    Reason.READ_ONLY,
                    "the remote '" + name + "' is in the configuration file; change it there and restart the gateway");
        }
    }

    /**
     * Returns a remote that can be changed here.
     *
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public Remote changeable(String name) throws ManagementException {
        requireWritable(name);
        return find(name);
    }

    /**
     * Adds a remote.
     *
     * @throws ManagementException there is one with its name
     */
    public Remote add(Remote remote) throws ManagementException {
        if (remotes.find(remote.name()).isPresent()) {
            throw new ManagementException(Reason.ALREADY_EXISTS, "the remote '" + remote.name() + "' already exists");
        }
        remotes.put(remote);
        return remote;
    }

    /**
     * Adds a remote, or replaces the one with its name.
     *
     * @throws ManagementException the configuration defines it
     */
    public Remote put(Remote remote) throws ManagementException {
        requireWritable(remote.name());
        remotes.put(remote);
        return remote;
    }

    /**
     * Changes a remote.
     *
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public Remote change(String name, UnaryOperator<Remote> change) throws ManagementException {
        return put(change.apply(changeable(name)));
    }

    /**
     * Removes a remote.
     *
     * @throws ManagementException if it does not exist, or the configuration defines it
     */
    public void remove(String name) throws ManagementException {
        requireWritable(name);
        if (!remotes.remove(name)) {
            throw unknown(name);
        }
    }

    /** The result of the last test of a remote; empty if it was not tested since it was changed. */
    public Optional<Capabilities> capabilities(String name) {
        return remotes.capabilities(name);
    }

    /** Keeps what a test has found. */
    public void remember(String name, Capabilities capabilities) {
        remotes.remember(name, capabilities);
    }

    private static ManagementException unknown(String name) {
        return new ManagementException(Reason.UNKNOWN_REMOTE, "no such remote: '" + name + "'");
    }
}
