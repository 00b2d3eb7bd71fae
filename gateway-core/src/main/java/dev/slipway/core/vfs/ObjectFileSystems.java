package dev.slipway.core.vfs;

import dev.slipway.core.account.Account;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.store.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/** File systems on an object store. All logins of a gateway share one of these, and with it the path locks. */
public final class ObjectFileSystems implements FileSystems, AutoCloseable {
    final ObjectStore store;
    final AttributeTable attributes;
    final Clock clock;
    final Duration admissionWait;
    final Function<Account, Optional<Account>> current;
    final PathLocks locks = new PathLocks();

    /** For the requests of one operation that need not wait for each other. */
    final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * For accounts that stay as they were when they logged in.
     *
     * @param store stays the caller's, who closes it after this
     * @param attributes the times that clients set
     * @param admissionWait how long an upload waits for part memory
     */
    public ObjectFileSystems(ObjectStore store, AttributeTable attributes, Clock clock, Duration admissionWait) {
        this(store, attributes, clock, admissionWait, Optional::of);
    }

    /**
     * @param store stays the caller's, who closes it after this
     * @param attributes the times that clients set
     * @param admissionWait how long an upload waits for part memory
     * @param current from an account as it logged in to what it is now; empty if it was removed or may not log in any
     *     more. Asked at every operation, so it must answer from memory
     */
    public ObjectFileSystems(
            ObjectStore store,
            AttributeTable attributes,
            Clock clock,
            Duration admissionWait,
            Function<Account, Optional<Account>> current) {
        this.store = store;
        this.attributes = attributes;
        this.clock = clock;
        this.admissionWait = admissionWait;
        this.current = current;
    }

    @Override
    public VirtualFileSystem open(Account account) {
        return new LiveFileSystem(this, account);
    }

    /** Waits for the operations that are under way. */
    @Override
    public void close() {
        executor.close();
    }
}
