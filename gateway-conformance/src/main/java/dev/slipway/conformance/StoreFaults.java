package dev.slipway.conformance;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.RequestFault;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The faults prepared for the accounts' next requests to the store. Thread-safe. */
final class StoreFaults {
    private static final class Prepared {
        private final StoreFault fault;
        private final SplittableRandom random;
        private final AtomicInteger left;

        @GuardedBy("this")
        private int skipped;

        private Prepared(StoreFault fault, int skipped, SplittableRandom random) {
            this.fault = fault;
            this.skipped = skipped;
            this.random = random;
            this.left = new AtomicInteger(fault.count());
        }

        private synchronized boolean befalls(HttpRequest request) {
            return fault.befalls(request) && skipped-- <= 0 && left.getAndUpdate(n -> Math.max(0, n - 1)) > 0;
        }
    }

    private final Map<String, Prepared> prepared = new ConcurrentHashMap<>();
    private final LongAdder happened = new LongAdder();
    private final LongAdder lostNames = new LongAdder();

    /**
     * Prepares a fault for an account.
     *
     * @param skipped how many matching requests pass first
     */
    void prepare(String account, StoreFault fault, int skipped, SplittableRandom random) {
        prepared.put(account, new Prepared(fault, skipped, random));
    }

    /** Removes prepared faults that have not happened. */
    void clear(String account) {
        prepared.remove(account);
    }

    /** Decides what happens to a request, for the proxies. Blocks if the answer is to be late. */
    Optional<RequestFault> judge(HttpRequest request) {
        for (Map.Entry<String, Prepared> entry : prepared.entrySet()) {
            String account = entry.getKey();
            Prepared next = entry.getValue();
            boolean concerned = request.target().contains("/" + account + "/")
                    || request.target().contains("prefix=" + account + "%2F");
            if (concerned && next.befalls(request)) {
                happened.increment();
                if (request.method().equals("POST") && request.hasParameter("uploads")) {
                    lostNames.increment();
                }
                return next.fault.act(next.random.split());
            }
        }
        return Optional.empty();
    }

    /** How many requests were affected. */
    long happened() {
        return happened.sum();
    }

    /** How many requests for a new multipart upload were affected: the store may have uploads whose ids are unknown. */
    long lostNames() {
        return lostNames.sum();
    }
}
