package dev.slipway.core.vfs;

import dev.slipway.core.account.Account;

/** Opens the file system of a login. Safe for use by several threads. */
public interface FileSystems {
    /** The files of an account. Holds nothing that needs closing. */
    VirtualFileSystem open(Account account);
}
