package dev.slipway.core.state;

import java.sql.SQLException;
import java.util.Set;

/** The gateways that are running on a database. A run is one gateway from its start to its end. */
interface Runs extends AutoCloseable {
    /** This gateway's. */
    String own();

    /**
     * Those that have not ended, this gateway's among them. A gateway that was killed is not.
     *
     * @throws SQLException if the database could not be asked
     */
    Set<String> live() throws SQLException;

    /** Whether there can be others. */
    boolean shared();

    /** How many bytes the disk has room for, as far as is known. */
    long freeBytes();

    /** Says that this gateway has ended. */
    @Override
    void close();
}
