package dev.slipway.transfer.remote;

import java.util.List;
import java.util.Optional;

/**
 * The remotes of a gateway: those of its configuration, and those in the state database, whose secrets are encrypted there.
 * All calls block for the database and may come from any thread.
 */
public interface Remotes {
    /** A remote; of two with the same name the one in the configuration. */
    Optional<Remote> find(String name);

    /** All, by name. */
    List<Remote> all();

    /** Whether it is in the configuration, and not to be changed here. */
    boolean isConfigured(String name);

    /** Stores a remote in the database, replacing one with the same name. */
    void put(Remote remote);

    /**
     * Removes a remote from the database.
     *
     * @return whether there was one
     */
    boolean remove(String name);

    /** The capabilities of a remote; empty if it was not tested yet, or has changed since. */
    Optional<Capabilities> capabilities(String name);

    /** Keeps what was found out. */
    void remember(String name, Capabilities capabilities);
}
