package dev.slipway.core.vfs;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.event.Events;
import dev.slipway.core.quota.Quotas;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** File systems on an object store. All logins of a gateway share one of these, and with it the path locks. */
public final class ObjectFileSystems implements FileSystems, AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ObjectFileSystems.class);

    final ObjectStore store;
    final AttributeTable attributes;
    final Clock clock;
    final Duration admissionWait;
    final Function<Account, Optional<Account>> current;
    final Quotas quotas;
    final Bandwidth bandwidth;
    final SharedMemory memory;
    private final Events events;
    final PathLocks locks = new PathLocks();
    final KnownDirectories directories;
    final IdleTransfers idle;
    final DirectoryMarkers departures;
    final Checksums checksums = new Checksums(this);
    final DigestDemand demand;
    final UnsettledUploads unsettled;
    final Renames renames;

    /** For the requests of one operation that need not wait for each other. */
    final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * For accounts that stay as they were when they logged in, and with nobody to tell.
     *
     * @param store stays the caller's, who closes it after this
     * @param attributes the times that clients set; renames are journalled in the same database
     * @param admissionWait how long an upload waits for part memory
     */
    public ObjectFileSystems(ObjectStore store, AttributeTable attributes, Clock clock, Duration admissionWait) {
        this(store, attributes, clock, admissionWait, Duration.ofMinutes(5), Optional::of, new Events());
    }

    /**
     * @param store stays the caller's, who closes it after this
     * @param attributes the times that clients set; renames are journalled in the same database
     * @param admissionWait how long an upload waits for part memory
     * @param idleLimit how long a client may stand still in a transfer: then an upload is ended as if the client had been
     *     cut off, and a download gives its memory back until the client goes on
     * @param current from an account as it logged in to what it is now; empty if it was removed or may not log in any
     *     more. Asked at every operation, so it must answer from memory
     * @param events is told what is done with files
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
     * As above, with limits.
     *
     * @param store the one that counts, where there are quotas
     * @param quotas how much accounts may store
     * @param bandwidth how fast they may transfer
     * @param memory for what is neither a part nor read ahead
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
        this.memory = memory;
        this.quotas = quotas;
        this.bandwidth = bandwidth;
        this.store = store;
        this.attributes = attributes;
        this.clock = clock;
        this.directories = new KnownDirectories(clock);
        this.demand = new DigestDemand(clock);
        this.admissionWait = admissionWait;
        this.current = current;
        this.departures = new DirectoryMarkers(store);
        this.idle = new IdleTransfers(clock, idleLimit);
        this.unsettled = new UnsettledUploads(clock);
        this.renames = new Renames(this, new RenameTable(attributes));
        this.events = events;
    }

    /**
     * Keeps or forgets attributes of work that the store has done: if they cannot be kept, the work is done all the same.
     *
     * @param key what they belong to, for the log
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
        VirtualFileSystem files = new LiveFileSystem(this, session::current, session);
        return new ObservedFileSystem(files, session.client(), events, clock);
    }

    /**
     * A place in a bucket.
     *
     * @param key of a file, or what the keys in a directory begin with; may be empty
     */
    public record Location(String bucket, String key) {}

    /**
     * Where an account sees a path. Whether something is there is not looked at.
     *
     * @return for the root of a mount, the mount's prefix; empty if no mount shows the path
     * @throws VfsException {@link dev.slipway.core.Failure#NAME_INVALID} if the key would be longer than S3 takes
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

    /** The files of an account as the gateway itself uses them: nobody is told of what it does. */
    public VirtualFileSystem open(Account account) {
        return new LiveFileSystem(this, () -> current.apply(account), account);
    }

    /**
     * Finishes or undoes, in the background, what was being renamed when the gateway ended the last time; until that is done
     * those paths are busy. To be called once, before any file system is opened. Blocks for the state database, not for the
     * store.
     */
    public void recover() {
        renames.recover();
    }

    /** How many directories are being renamed. */
    public int renamesUnderWay() {
        return renames.size();
    }

    /** Leaves renames of directories to the next start, and tells their clients. Does not block. */
    public void leaveRenames() {
        renames.stop();
    }

    /** Waits for the operations that are under way, except for renames of directories, which are left to the next start. */
    @Override
    public void close() {
        leaveRenames();
        idle.close();
        unsettled.close();
        executor.close();
    }
}
