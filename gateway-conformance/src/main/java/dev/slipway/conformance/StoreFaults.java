package dev.slipway.conformance;

import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.RequestFault;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;

/** The faults that are prepared for the accounts' next requests to the store. Safe for use by several threads. */
final class StoreFaults {
    private static final class Prepared {
        private final StoreFault fault;
        private final SplittableRandom random;
        private final AtomicInteger left;
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
     * @param skipped how many requests that it might befall pass before
     */
    void prepare(String account, StoreFault fault, int skipped, SplittableRandom random) {
        prepared.put(account, new Prepared(fault, skipped, random));
    }

    /** Forgets what was prepared and has not happened. */
    void clear(String account) {
        prepared.remove(account);
    }

    /** What is done to a request: for the proxies. Keeps the request waiting if it comes late. */
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

    /** How many requests were befallen. */
    long happened() {
        return happened.sum();
    }

    /** How many requests for a new multipart upload were befallen: the store may have one that nobody was told of. */
    long lostNames() {
        return lostNames.sum();
    }
}
