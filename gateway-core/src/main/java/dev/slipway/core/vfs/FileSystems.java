package dev.slipway.core.vfs;

import dev.slipway.core.account.AccountSession;

/** Opens the file system of a login. Thread-safe. */
public interface FileSystems {
    /**
     * Returns the files of a logged-in account. Every operation, and the commit of every upload, uses the account as it
     * is at that moment: it fails with {@link dev.slipway.core.Failure#PERMISSION_DENIED} if the account has been
     * removed or disabled, or its rights have been reduced. The result holds nothing that needs closing.
     */
    VirtualFileSystem open(AccountSession session);
}
