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
import dev.slipway.core.state.LockTable;
import dev.slipway.core.state.PosixTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.StoreException;
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

    final Extractions extractions;

    private final ArchivedObjects archived;
    final AttributeTable attributes;
    final PosixTable posix;
    final Clock clock;
    final Duration admissionWait;
    final Function<Account, Optional<Account>> current;
    final Quotas quotas;
    final Bandwidth bandwidth;
    final SharedMemory memory;
    final UploadInspections inspections;
    private final ActiveTransfers transfers = new ActiveTransfers();
    private final Events events;
    final LockTable lockTable;
    final PathLocks locks;
    final KnownDirectories directories;
    final IdleTransfers idle;
    final DirectoryMarkers markers;
    final Checksums checksums = new Checksums(this);
    final DigestDemand demand;
    final UnsettledUploads unsettled;
    final Renames renames;

    /** Runs an operation's requests that can be made concurrently. */
    final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    private ObjectFileSystems(Builder builder) {
        this.store = builder.store;
        this.attributes = builder.attributes;
        this.posix = new PosixTable(attributes);
        this.lockTable = new LockTable(attributes);
        this.locks = new PathLocks(lockTable);
        this.clock = builder.clock;
        this.admissionWait = builder.admissionWait;
        this.current = builder.current;
        this.events = builder.events;
        this.quotas = builder.quotas;
        this.bandwidth = builder.bandwidth;
        this.memory = builder.memory;
        this.inspections = builder.inspections;
        this.archived = builder.archived;
        this.withArchives = new ArchivedStore(store, archived);
        this.extractions = new Extractions(this, withArchives, archived);
        this.directories = new KnownDirectories(clock);
        this.demand = new DigestDemand(clock);
        this.markers = new DirectoryMarkers(store);
        this.idle = new IdleTransfers(clock, builder.idleLimit);
        this.unsettled = new UnsettledUploads(clock);
        this.renames = new Renames(this, new RenameTable(attributes));
    }

    /**
     * File systems on a store; without further settings for accounts that never change after login, without events,
     * quotas, bandwidth limits, inspections and archives.
     *
     * @param store remains the caller's, who closes it after the file systems. With quotas, it is the store that counts
     * @param attributes the times that clients set; renames are journalled in the same database
     */
    public static Builder builder(ObjectStore store, AttributeTable attributes) {
        return new Builder(store, attributes);
    }

    /** The settings of file systems. */
    public static final class Builder {
        private final ObjectStore store;
        private final AttributeTable attributes;
        private Clock clock = Clock.systemUTC();
        private Duration admissionWait = Duration.ofSeconds(30);
        private Duration idleLimit = Duration.ofMinutes(5);
        private Function<Account, Optional<Account>> current = Optional::of;
        private Events events = new Events();
        private Quotas quotas = Quotas.none();
        private Bandwidth bandwidth = new Bandwidth(AccountLimits.DEFAULT, AccountLimits.NONE, AccountLimits.NONE);
        private SharedMemory memory = SharedMemory.defaults();
        private UploadInspections inspections = UploadInspections.NONE;
        private ArchivedObjects archived = ArchivedObjects.NONE;

        private Builder(ObjectStore store, AttributeTable attributes) {
            this.store = store;
            this.attributes = attributes;
        }

        /** The clock; the system's by default. */
        public Builder clock(Clock clock) {
            this.clock = clock;
            return this;
        }

        /** How long an upload waits for part memory before it fails as busy; 30 s by default. */
        public Builder admissionWait(Duration admissionWait) {
            this.admissionWait = admissionWait;
            return this;
        }

        /**
         * How long a client may be idle during a transfer; 5 minutes by default. Then an upload is interrupted, and a
         * download gives its memory back until the client's next read.
         */
        public Builder idleLimit(Duration idleLimit) {
            this.idleLimit = idleLimit;
            return this;
        }

        /**
         * Maps an account as it logged in to the account as it is now; empty if it was removed or may no longer log in.
         * Called for every operation, so it must answer from memory.
         */
        public Builder current(Function<Account, Optional<Account>> current) {
            this.current = current;
            return this;
        }

        /** Receives the events of file operations. */
        public Builder events(Events events) {
            this.events = events;
            return this;
        }

        /** How much accounts may store. */
        public Builder quotas(Quotas quotas) {
            this.quotas = quotas;
            return this;
        }

        /** How fast accounts may transfer. */
        public Builder bandwidth(Bandwidth bandwidth) {
            this.bandwidth = bandwidth;
            return this;
        }

        /** The memory for early blocks and listings. */
        public Builder memory(SharedMemory memory) {
            this.memory = memory;
            return this;
        }

        /** Which uploads are inspected before their files appear; remains the caller's. */
        public Builder inspections(UploadInspections inspections) {
            this.inspections = inspections;
            return this;
        }

        /** The objects that are in archives, for the mounts that show them. */
        public Builder archived(ArchivedObjects archived) {
            this.archived = archived;
            return this;
        }

        public ObjectFileSystems build() {
            return new ObjectFileSystems(this);
        }
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

    /** Whether a mount shows an archived file for a key, unless there is an object. Makes no request to the store. */
    boolean showsMember(Mount mount, ObjectKey key) {
        return mount.archives() && withArchives.hasMember(key);
    }

    /** To be called when an upload has become an object. */
    void replaced(Mount mount, ObjectKey key) {
        if (mount.archives()) {
            withArchives.replaced(key);
        }
    }

    /**
     * Makes the archived file of a key an object, unless there is an object: with the lock that keeps changes of the same
     * path apart. Blocks for the store.
     *
     * @return the object; empty if there was one before, or no file is archived there
     */
    public Optional<ObjectInfo> extract(ObjectKey key) throws VfsException, StoreException {
        return extractions.extract(key);
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
        return new ObservedFileSystem(files, session.client(), events, clock, transfers);
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
        return new ObservedFileSystem(new LiveFileSystem(this, account, client), client, events, clock, transfers);
    }

    /**
     * Finishes or undoes, in the background, the renames that earlier runs and killed gateways left unfinished; their
     * paths are busy until then. To be called once, before any file system is opened. Blocks as {@link Renames#recover}
     * says.
     */
    public void recover() {
        renames.recover();
    }

    /** The uploads and downloads that are open now. */
    public ActiveTransfers transfers() {
        return transfers;
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
        lockTable.close();
        idle.close();
        unsettled.close();
        executor.close();
    }
}
