package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.vfs.Mounts.ObjectLocation;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What an account may do, as it is at one moment, and where its paths lie in the store. Makes no requests. */
final class AccountAccess {
    private final Account account;
    private final Mounts mounts;
    private final LiveFileSystem login;

    /** @param login where transfers and listings that take long find the account of a later moment */
    AccountAccess(Account account, LiveFileSystem login) {
        this.account = account;
        this.mounts = new Mounts(account.mounts());
        this.login = login;
    }

    Account account() {
        return account;
    }

    /** The account's name. */
    String name() {
        return account.name();
    }

    Mounts mounts() {
        return mounts;
    }

    boolean may(Permission permission) {
        return account.permissions().contains(permission);
    }

    void require(Permission permission, VirtualPath path, String message) throws VfsException {
        if (!may(permission)) {
            throw PathFailures.denied(path, message);
        }
    }

    boolean isWritable(ObjectLocation location) {
        return !location.mount().readOnly() && may(Permission.WRITE);
    }

    /** Whether interrupted uploads of this account are retained. */
    boolean canResume() {
        return account.resume() != ResumePolicy.OFF;
    }

    /** Whether modes, owners and groups are kept. */
    boolean keepsPosix() {
        return account.has(AccountOption.POSIX_ATTRIBUTES);
    }

    /** A path in a mount; others do not exist. */
    ObjectLocation location(VirtualPath path) throws VfsException {
        return mounts.find(path).orElseThrow(() -> PathFailures.notFound(path));
    }

    /** A location whose object may be created, replaced or removed: in a mount, not its root, not read-only. */
    ObjectLocation changeable(VirtualPath path) throws VfsException {
        Optional<ObjectLocation> location = mounts.find(path);
        if (location.isEmpty()) {
            throw mounts.anyBelow(path)
                            || mounts.anyBelow(path.parent())
                            || path.parent().isRoot()
                    ? PathFailures.denied(path, "Nothing can be stored here, outside of the mounts.")
                    : PathFailures.notFound(path);
        }
        if (location.get().isMountRoot()) {
            throw PathFailures.denied(path, "This is the root of a mount and cannot be changed.");
        }
        if (location.get().mount().readOnly()) {
            throw PathFailures.denied(path, "This part of the file system is read-only.");
        }
        return location.get();
    }

    /** Like {@link #changeable}, for a client that creates what may exist already. */
    ObjectLocation creatable(VirtualPath path) throws VfsException {
        Optional<ObjectLocation> location = mounts.find(path);
        if (path.isRoot()
                || mounts.anyBelow(path)
                || (location.isPresent() && location.get().isMountRoot())) {
            throw PathFailures.alreadyExists(path);
        }
        return changeable(path);
    }

    /** The files of this login with the rights that its account has now. */
    ObjectFileSystem filesNow(VirtualPath path) throws VfsException {
        return login.now(path);
    }

    /** The rights of now, if they still include writing to this location. */
    AccountAccess writableNow(ObjectLocation location) throws VfsException {
        AccountAccess now = now(location.path());
        if (!isSame(now)) {
            now.require(Permission.WRITE, location.path(), "This account may not upload.");
            requireSame(location, now.changeable(location.path()));
        }
        return now;
    }

    /** Fails if the account may no longer read this location. */
    void requireReadableNow(ObjectLocation location) throws VfsException {
        AccountAccess now = now(location.path());
        if (!isSame(now)) {
            now.require(Permission.READ, location.path(), "This account may not download.");
            requireSame(location, now.location(location.path()));
        }
    }

    /** Fails if the account may no longer list this directory, which may lie outside of the mounts. */
    void requireListableNow(VirtualPath directory, @Nullable ObjectLocation location) throws VfsException {
        AccountAccess now = now(directory);
        if (!isSame(now)) {
            now.require(Permission.LIST, directory, "This account may not list directories.");
            if (location != null) {
                requireSame(location, now.location(directory));
            }
        }
    }

    private AccountAccess now(VirtualPath path) throws VfsException {
        return login.now(path).access();
    }

    private boolean isSame(AccountAccess now) {
        return account.equals(now.account);
    }

    private static void requireSame(ObjectLocation before, ObjectLocation now) throws VfsException {
        if (!before.mount().bucket().equals(now.mount().bucket())
                || !before.prefix().equals(now.prefix())) {
            throw PathFailures.denied(before.path(), "The account's mounts were changed meanwhile.");
        }
    }

    /** Who transfers bytes at this moment, and at what rate. */
    Bandwidth.Taker transferring() {
        return login.transferring(account);
    }

    /** Where the bytes of an upload come from, for those who are told; null for the gateway's own use. */
    @Nullable
    UploadOrigin origin(VirtualPath path) {
        return login.origin(path);
    }

    /** Whether uploads of a path are inspected before the file appears. */
    boolean isInspected(VirtualPath path) {
        return login.inspections().covers(account.name(), login.client(), path);
    }

    /** See {@link UploadInspections#begin}. */
    UploadInspection beginInspection(VirtualPath path, Duration wait) throws VfsException {
        return login.inspections().begin(account.name(), login.client(), path, wait);
    }

    /** Notes that this login has stored a file, whose time it may then set. */
    void stored(ObjectKey key, String etag) {
        login.stored(key, etag);
    }

    /** Whether this is the version that this login has stored last. */
    boolean hasJustStored(ObjectInfo object) {
        return login.hasJustStored(object);
    }
}
