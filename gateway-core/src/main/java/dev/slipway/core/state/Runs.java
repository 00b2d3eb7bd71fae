package dev.slipway.core.state;

import java.sql.SQLException;
import java.util.Set;

/** The gateways that run on a database. A run is one gateway from its start to its end. */
interface Runs extends AutoCloseable {
    /** The id of this gateway's run. */
    String own();

    /**
     * Returns the ids of all runs in progress, this gateway's included; a killed gateway's run has ended.
     *
     * @throws SQLException if the database did not answer
     */
    Set<String> live() throws SQLException;

    /** Whether there can be other gateways. */
    boolean shared();

    /** The free disk space in bytes, as far as known. */
    long freeBytes();

    /** Ends this gateway's run. */
    @Override
    void close();
}
