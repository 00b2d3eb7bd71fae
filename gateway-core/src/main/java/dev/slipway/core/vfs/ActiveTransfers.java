package dev.slipway.core.vfs;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.event.Client;
import dev.slipway.core.event.Operation;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;

/**
 * The uploads and downloads that are open now, of clients and of the gateway's own work. Each holds part memory, so that
 * their number is bounded as that memory is. Thread-safe; nothing blocks.
 */
public final class ActiveTransfers {
    /** Not known. */
    public static final long UNKNOWN = -1;

    private final Set<Open> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong begun = new AtomicLong();
    private final LongAdder uploaded = new LongAdder();
    private final LongAdder downloaded = new LongAdder();

    /** Has none yet. */
    public ActiveTransfers() {}

    /**
     * A transfer as it was a moment ago.
     *
     * @param id unique within a run of the gateway, increasing
     * @param operation {@link Operation#UPLOAD} or {@link Operation#DOWNLOAD}
     * @param bytes bytes that have passed
     * @param total the size of the file; {@link #UNKNOWN} if the client has not said
     */
    public record Transfer(
            long id, Client client, Operation operation, VirtualPath path, Instant begun, long bytes, long total) {}

    /** A transfer that has begun, to be ended. */
    final class Open {
        private final long id = begun.incrementAndGet();
        private final Client client;
        private final Operation operation;
        private final VirtualPath path;
        private final Instant begin;
        private final LongAdder all;
        private final AtomicLong bytes = new AtomicLong();
        private final AtomicBoolean over = new AtomicBoolean();
        private volatile long total;

        private Open(Client client, Operation operation, VirtualPath path, Instant begin, long total) {
            this.client = client;
            this.operation = operation;
            this.path = path;
            this.begin = begin;
            this.total = total;
            all = operation == Operation.UPLOAD ? uploaded : downloaded;
        }

        /** Some bytes have passed. */
        void moved(long count) {
            bytes.addAndGet(count);
            all.add(count);
        }

        /** The client has said how large the file is. */
        void expect(long size) {
            total = size;
        }

        /** Does nothing the second time. */
        void end() {
            if (over.compareAndSet(false, true)) {
                open.remove(this);
            }
        }

        private Transfer now() {
            return new Transfer(id, client, operation, path, begin, bytes.get(), total);
        }
    }

    Open begin(Client client, Operation operation, VirtualPath path, Instant now, long total) {
        Open transfer = new Open(client, operation, path, now, total);
        open.add(transfer);
        return transfer;
    }

    /** The transfers that are open now, the oldest first. */
    public List<Transfer> list() {
        return open.stream()
                .map(Open::now)
                .sorted(Comparator.comparingLong(Transfer::id))
                .toList();
    }

    /** Bytes that all uploads of this run have taken from their clients, also of files that were not stored. */
    public long uploadedBytes() {
        return uploaded.sum();
    }

    /** Bytes that all downloads of this run have read. */
    public long downloadedBytes() {
        return downloaded.sum();
    }
}
