package dev.slipway.sftp;

import dev.slipway.core.VfsException;
import java.util.function.BooleanSupplier;

/** Builds the answer to one request that may take long. */
interface Answer {
    /**
     * Does what was asked for. Blocks for as long as that takes.
     *
     * @param cancelled true once nobody waits for it any more
     */
    void build(Reply reply, int id, BooleanSupplier cancelled) throws RequestException, VfsException;
}
