package dev.slipway.core.vfs;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Failure;
import dev.slipway.core.PosixAttributes;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.event.Client;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.UploadOrigin;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The files of a login. Each operation uses the account as it is at that moment, not as it was at the login: rights
 * that an account has lost are lost to its open sessions too.
 */
final class LiveFileSystem implements VirtualFileSystem {
    private final ObjectFileSystems shared;
    private final Supplier<Optional<Account>> current;
    private volatile @Nullable ObjectFileSystem present;
    private volatile @Nullable Version lastStored;

    private final Object session;
    private final @Nullable Client client;

    /** The files of a client's session, which share the session's part of the account's bandwidth. */
    LiveFileSystem(ObjectFileSystems shared, AccountSession session) {
        this(shared, session::current, session, session.client());
    }

    /**
     * The files of an account without a client.
     *
     * @param current the account as it is now; empty once it may no longer log in
     */
    LiveFileSystem(ObjectFileSystems shared, Account account, Supplier<Optional<Account>> current) {
        this(shared, current, account, null);
    }

    /** The files of the gateway's own work, which nobody has to log in for. */
    LiveFileSystem(ObjectFileSystems shared, Account account, Client client) {
        this(shared, () -> Optional.of(account), account, client);
    }

    private LiveFileSystem(
            ObjectFileSystems shared, Supplier<Optional<Account>> current, Object session, @Nullable Client client) {
        this.shared = shared;
        this.current = current;
        this.session = session;
        this.client = client;
    }

    /** Where the bytes of an upload come from, for those who are told; null without a client. */
    @Nullable
    UploadOrigin origin(VirtualPath path) {
        return client == null
                ? null
                : new UploadOrigin(
                        client.account(),
                        path.toString(),
                        client.origin(),
                        client.address().getHostAddress());
    }

    /**
     * The account and session to which bytes transferred now are charged; the given account if there is none any more.
     */
    Bandwidth.Taker transferring(Account before) {
        return new Bandwidth.Taker(session, current.get().orElse(before));
    }

    /** Who uses these files; null for the gateway's own use. */
    @Nullable
    Client client() {
        return client;
    }

    UploadInspections inspections() {
        return shared.inspections;
    }

    private record Version(ObjectKey key, String etag) {}

    /** Remembers the most recently uploaded file. */
    void stored(ObjectKey key, String etag) {
        lastStored = new Version(key, etag);
    }

    /**
     * Whether this is the version that this login uploaded last: clients set its time after the upload, which must not
     * count as changing an existing file.
     */
    boolean hasJustStored(ObjectInfo object) {
        return !object.etag().isEmpty() && new Version(object.key(), object.etag()).equals(lastStored);
    }

    /**
     * Returns the account's files as of now.
     *
     * @throws VfsException {@link Failure#PERMISSION_DENIED} if the account may no longer log in
     */
    ObjectFileSystem now(VirtualPath path) throws VfsException {
        Account account = current.get()
                .orElseThrow(() -> new VfsException(
                        Failure.PERMISSION_DENIED, path, "This account has expired or was changed; log in again."));
        ObjectFileSystem known = present;
        if (known == null || !known.access().account().equals(account)) {
            known = new ObjectFileSystem(shared, account, this);
            present = known;
        }
        return known;
    }

    @Override
    public FileEntry stat(VirtualPath path) throws VfsException {
        return now(path).stat(path);
    }

    @Override
    public EntryCursor list(VirtualPath directory) throws VfsException {
        return now(directory).list(directory);
    }

    @Override
    public FileDownload open(VirtualPath file, long offset) throws VfsException {
        return now(file).open(file, offset);
    }

    @Override
    public FileUpload create(VirtualPath file, CreateMode mode, UploadOptions options) throws VfsException {
        return now(file).create(file, mode, options);
    }

    @Override
    public FileUpload resume(VirtualPath file, WritePosition.Known position, UploadOptions options)
            throws VfsException {
        return now(file).resume(file, position, options);
    }

    @Override
    public FileUpload change(VirtualPath file, WritePosition position, UploadOptions options) throws VfsException {
        return now(file).change(file, position, options);
    }

    @Override
    public long largestFile() {
        return shared.store.largestObject();
    }

    @Override
    public Space space(VirtualPath path) throws VfsException {
        return now(path).space(path);
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode) throws VfsException {
        now(from).rename(from, to, mode);
    }

    @Override
    public void rename(VirtualPath from, VirtualPath to, RenameMode mode, FileVersion version) throws VfsException {
        now(from).rename(from, to, mode, version);
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode) throws VfsException {
        return now(from).copy(from, to, mode);
    }

    @Override
    public FileEntry copy(VirtualPath from, VirtualPath to, CreateMode mode, FileVersion version) throws VfsException {
        return now(from).copy(from, to, mode, version);
    }

    @Override
    public void delete(VirtualPath file) throws VfsException {
        now(file).delete(file);
    }

    @Override
    public void delete(VirtualPath file, FileVersion version) throws VfsException {
        now(file).delete(file, version);
    }

    @Override
    public void mkdir(VirtualPath directory, PosixAttributes attributes) throws VfsException {
        now(directory).mkdir(directory, attributes);
    }

    @Override
    public void rmdir(VirtualPath directory) throws VfsException {
        now(directory).rmdir(directory);
    }

    @Override
    public void setModified(VirtualPath path, Instant modified) throws VfsException {
        now(path).setModified(path, modified);
    }

    @Override
    public boolean keepsPosix() {
        return current.get()
                .filter(account -> account.has(AccountOption.POSIX_ATTRIBUTES))
                .isPresent();
    }

    @Override
    public void setPosix(VirtualPath path, PosixAttributes attributes) throws VfsException {
        now(path).setPosix(path, attributes);
    }

    @Override
    public byte[] checksum(
            VirtualPath file,
            DigestAlgorithm algorithm,
            long offset,
            long length,
            long block,
            BooleanSupplier cancelled)
            throws VfsException {
        return now(file).checksum(file, algorithm, offset, length, block, cancelled);
    }
}
