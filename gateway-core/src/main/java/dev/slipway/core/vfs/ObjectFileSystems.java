package dev.slipway.core.vfs;

import dev.slipway.core.account.Account;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.store.ObjectStore;
import java.time.Clock;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** File systems on an object store. All logins of a gateway share one of these, and with it the path locks. */
public final class ObjectFileSystems implements FileSystems, AutoCloseable {
    final ObjectStore store;
    final AttributeTable attributes;
    final Clock clock;
    final Duration admissionWait;
    final PathLocks locks = new PathLocks();

    /** For the requests of one operation that need not wait for each other. */
    final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();

    /**
     * @param store stays the caller's, who closes it after this
     * @param attributes the times that clients set
     * @param admissionWait how long an upload waits for part memory
     */
    public ObjectFileSystems(ObjectStore store, AttributeTable attributes, Clock clock, Duration admissionWait) {
        this.store = store;
        this.attributes = attributes;
        this.clock = clock;
        this.admissionWait = admissionWait;
    }

    @Override
    public VirtualFileSystem open(Account account) {
        return new ObjectFileSystem(this, account);
    }

    /** Waits for the operations that are under way. */
    @Override
    public void close() {
        executor.close();
    }
}
