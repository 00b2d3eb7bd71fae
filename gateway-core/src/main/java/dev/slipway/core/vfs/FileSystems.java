package dev.slipway.core.vfs;

import dev.slipway.core.account.AccountSession;

/** Opens the file system of a login. Safe for use by several threads. */
public interface FileSystems {
    /**
     * The files of somebody who has logged in. Every operation, and the end of an upload, works on the account as it is
     * by then: what was removed, disabled or narrowed meanwhile fails with
     * {@link dev.slipway.core.Failure#PERMISSION_DENIED}. Holds nothing that needs closing.
     */
    VirtualFileSystem open(AccountSession session);
}
