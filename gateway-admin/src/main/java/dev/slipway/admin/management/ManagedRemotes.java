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
 * {@link dev.slipway.core.InvalidFieldsException}, which names each field.
 */
public final class ManagedRemotes {
    private final Remotes remotes;
    private final Principal principal;

    /** For a principal, whose rights are checked. */
    public ManagedRemotes(Remotes remotes, Principal principal) {
        this.remotes = remotes;
        this.principal = principal;
    }

    /** All remotes by name. A configured remote hides one of the database that has its name. */
    public List<Remote> all() throws ManagementException {
        requireSight();
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
        requireSight();
        return remotes.find(name).orElseThrow(() -> unknown(name));
    }

    /** Accounts that only push their own files need to know where they may. */
    private void requireSight() throws ManagementException {
        if (!principal.hasOwnOnly()) {
            principal.require(Right.SEE);
        }
    }

    /**
     * Fails if the principal may not change a remote.
     *
     * @throws ManagementException the configuration defines the remote
     */
    public void requireWritable(String name) throws ManagementException {
        principal.require(Right.CHANGE_REMOTES);
        if (remotes.isConfigured(name)) {
            throw ManagementException.readOnly("the remote '" + name + "'");
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
        principal.require(Right.CHANGE_REMOTES);
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
    void remember(String name, Capabilities capabilities) {
        remotes.remember(name, capabilities);
    }

    private static ManagementException unknown(String name) {
        return new ManagementException(Reason.UNKNOWN_REMOTE, "no such remote: '" + name + "'");
    }
}
