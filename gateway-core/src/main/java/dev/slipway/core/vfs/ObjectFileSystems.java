package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Mount;
import dev.slipway.core.archive.ArchivedObjects;
import dev.slipway.core.archive.ArchivedStore;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Events;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens file systems on an object store. All logins of a gateway share one instance, and with it the path locks. */
public final class ObjectFileSystems implements FileSystems, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ObjectFileSystems.class);

    final ObjectStore store;

    /** Shows archived objects, too. */
    private final ArchivedStore withArchives;

    private final ArchivedObjects archived;
    final AttributeTable attributes;
    final Clock clock;
    final Duration admissionWait;
    final Function<Account, Optional<Account>> current;
    final Quotas quotas;
    final Bandwidth bandwidth;
    final SharedMemory memory;
    final UploadInspections inspections;
    private final Events events;
    final PathLocks locks = new PathLocks();
    final KnownDirectories directories;
    final IdleTransfers idle;
    final DirectoryMarkers markers;
    final Checksums checksums = new Checksums(this);
    final DigestDemand demand;
    final UnsettledUploads unsettled;
    final Renames renames;

    /** Runs an operation's requests that can be made concurrently. */
    final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * For accounts that never change after login, without events.
     *
     * @param store remains the caller's, who closes it after this
     * @param attributes the times that clients set; renames are journalled in the same database
     * @param admissionWait how long an upload waits for part memory
     */
    public ObjectFileSystems(ObjectStore store, AttributeTable attributes, Clock clock, Duration admissionWait) {
        this(store, attributes, clock, admissionWait, Duration.ofMinutes(5), Optional::of, new Events());
    }

    /**
     * Without quotas and bandwidth limits.
     *
     * @param store remains the caller's, who closes it after this
     * @param attributes the times that clients set; renames are journalled in the same database
     * @param admissionWait how long an upload waits for part memory
     * @param idleLimit how long a client may be idle during a transfer: then an upload is interrupted, and a download
     *     gives its memory back until the client's next read
     * @param current maps an account as it logged in to the account as it is now; empty if it was removed or may no
     *     longer log in. Called for every operation, so it must answer from memory
     * @param events receives the events of file operations
     */
    public ObjectFileSystems(
            ObjectStore store,
            AttributeTable attributes,
            Clock clock,
            Duration admissionWait,
            Duration idleLimit,
            Function<Account, Optional<Account>> current,
            Events events) {
        this(
                store,
                attributes,
                clock,
                admissionWait,
                idleLimit,
                current,
                events,
                Quotas.none(),
                new Bandwidth(AccountLimits.DEFAULT, AccountLimits.NONE, AccountLimits.NONE),
                SharedMemory.defaults());
    }

    /**
     * As above, with quotas and bandwidth limits, and without inspections.
     *
     * @param store the store that counts, if there are quotas
     * @param quotas how much accounts may store
     * @param bandwidth how fast accounts may transfer
     * @param memory for early blocks and listings
     */
    public ObjectFileSystems(
            ObjectStore store,
            AttributeTable attributes,
            Clock clock,
            Duration admissionWait,
            Duration idleLimit,
            Function<Account, Optional<Account>> current,
            Events events,
            Quotas quotas,
            Bandwidth bandwidth,
            SharedMemory memory) {
        this(
                store,
                attributes,
                clock,
                admissionWait,
                idleLimit,
                current,
                events,
                quotas,
                bandwidth,
                memory,
                UploadInspections.NONE);
    }

    /**
     * As above, with inspections.
     *
     * @param inspections which uploads are inspected before their files appear; remains the caller's
     */
    public ObjectFileSystems(
            ObjectStore store,
            AttributeTable attributes,
            Clock clock,
            Duration admissionWait,
            Duration idleLimit,
            Function<Account, Optional<Account>> current,
            Events events,
            Quotas quotas,
            Bandwidth bandwidth,
            SharedMemory memory,
            UploadInspections inspections) {
        this(
                store,
                attributes,
                clock,
                admissionWait,
                idleLimit,
                current,
                events,
                quotas,
                bandwidth,
                memory,
                inspections,
                ArchivedObjects.NONE);
    }

    /**
     * As above, with archived objects.
     *
     * @param archived what mounts show that are to show archived objects
     */
    public ObjectFileSystems(
            ObjectStore store,
            AttributeTable attributes,
            Clock clock,
            Duration admissionWait,
            Duration idleLimit,
            Function<Account, Optional<Account>> current,
            Events events,
            Quotas quotas,
            Bandwidth bandwidth,
            SharedMemory memory,
            UploadInspections inspections,
            ArchivedObjects archived) {
        this.inspections = inspections;
        this.memory = memory;
        this.archived = archived;
        this.withArchives = new ArchivedStore(store, archived);
        this.quotas = quotas;
        this.bandwidth = bandwidth;
        this.store = store;
        this.attributes = attributes;
        this.clock = clock;
        this.directories = new KnownDirectories(clock);
        this.demand = new DigestDemand(clock);
        this.admissionWait = admissionWait;
        this.current = current;
        this.markers = new DirectoryMarkers(store);
        this.idle = new IdleTransfers(clock, idleLimit);
        this.unsettled = new UnsettledUploads(clock);
        this.renames = new Renames(this, new RenameTable(attributes));
        this.events = events;
    }

    /** The store as a mount shows it. */
    ObjectStore store(Mount mount) {
        return mount.archives() ? withArchives : store;
    }

    /** The store for work on two mounts, such as a copy. */
    ObjectStore store(Mount one, Mount other) {
        return one.archives() || other.archives() ? withArchives : store;
    }

    /** The store for work that knows only keys, not mounts. */
    ObjectStore storeOfRecovered() {
        return withArchives;
    }

    /** To be called when an upload has become an object. */
    void replaced(Mount mount, ObjectKey key) {
        if (mount.archives()) {
            withArchives.replaced(key);
        }
    }

    /** The SHA-256 of an archived object; empty for all others. */
    Optional<byte[]> archivedSha256(ObjectInfo version) {
        return archived.find(version)
                .map(object -> HexFormat.of().parseHex(object.member().sha256()));
    }

    /**
     * Stores or removes attributes after the store has done its work. A failure is only logged, since the operation
     * itself has succeeded.
     *
     * @param key the object they belong to, for the log
     */
    void afterwards(ObjectKey key, Runnable change) {
        try {
            change.run();
        } catch (RuntimeException e) {
            log.warn("The operation succeeded, but the times of {} could not be stored: {}", key, e.toString());
        }
    }

    @Override
    public VirtualFileSystem open(AccountSession session) {
        VirtualFileSystem files = new LiveFileSystem(this, session);
        return new ObservedFileSystem(files, session.client(), events, clock);
    }

    /**
     * A location in a bucket.
     *
     * @param key the key of a file, or the prefix of a directory; may be empty
     */
    public record Location(String bucket, String key) {}

    /**
     * Returns the location of a path for an account. Does not check whether anything exists there.
     *
     * @return for the root of a mount, the mount's prefix; empty if no mount contains the path
     * @throws VfsException {@link dev.slipway.core.Failure#NAME_INVALID} if the key would be longer than S3 allows
     */
    public static Optional<Location> locate(Account account, VirtualPath path) throws VfsException {
        return new Mounts(account.mounts())
                .find(path)
                .map(location -> new Location(
                        location.mount().bucket(),
                        location.key() == null
                                ? location.mount().prefix()
                                : location.key().key()));
    }

    /** Opens an account's files for the gateway's own use: operations cause no events. */
    public VirtualFileSystem open(Account account) {
        return new LiveFileSystem(this, account, () -> current.apply(account));
    }

    /**
     * Opens files for work of the gateway's own that stores files from elsewhere, such as a pull. Operations publish
     * events, and uploads are announced, as for a client's session.
     *
     * @param account what the work sees and may do, which does not change; see {@link OwnWork}
     * @param client for the events
     */
    public VirtualFileSystem open(Account account, Client client) {
        return new ObservedFileSystem(new LiveFileSystem(this, account, client), client, events, clock);
    }

    /**
     * Finishes or undoes, in the background, the renames that earlier runs and killed gateways left unfinished; their
     * paths are busy until then. To be called once, before any file system is opened. Blocks as {@link Renames#recover}
     * says.
     */
    public void recover() {
        renames.recover();
    }

    /** How many directories are being renamed. */
    public int renamesUnderWay() {
        return renames.size();
    }

    /** Leaves unfinished renames of directories to the next start, and tells their clients. Does not block. */
    public void leaveRenames() {
        renames.stop();
    }

    /** Waits for the operations in progress, except for renames of directories, which are left to the next start. */
    @Override
    public void close() {
        leaveRenames();
        idle.close();
        unsettled.close();
        executor.close();
    }
}
