package dev.slipway.sftp.subsystem;

import dev.slipway.core.VfsException;
import dev.slipway.sftp.files.RequestException;
import java.util.function.BooleanSupplier;

/** Builds the answer to one request that may take long. */
interface Answer {
    /**
     * Builds the answer. Blocks for as long as that takes.
     *
     * @param cancelled true once the answer is no longer needed
     */
    void build(Reply reply, int id, BooleanSupplier cancelled) throws RequestException, VfsException;
}
