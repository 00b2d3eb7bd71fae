package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.memory.Call.Operation;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The faults of one or more {@link FaultyS3}, and a record of their calls. Thread-safe. */
public final class Faults {
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final AtomicLong received = new AtomicLong();

    private record Rule(Predicate<Call> which, Fault fault, AtomicInteger left) {}

    /** The next matching call fails. */
    public void once(Predicate<Call> which, Fault fault) {
        times(1, which, fault);
    }

    /** So many of the next matching calls fail. If several faults match a call, the one added first applies. */
    public void times(int count, Predicate<Call> which, Fault fault) {
        rules.add(new Rule(which, fault, new AtomicInteger(count)));
    }

    /** All matching calls fail, until {@link #heal}. */
    public void always(Predicate<Call> which, Fault fault) {
        times(Integer.MAX_VALUE, which, fault);
    }

    /** Removes all faults. Calls that are held remain held. */
    public void heal() {
        rules.clear();
    }

    /** The calls since the start or the last {@link #forgetCalls}. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Forgets the calls so far, and their byte counts. */
    public void forgetCalls() {
        calls.clear();
        received.set(0);
    }

    /** The bytes of bodies sent since the last {@link #forgetCalls}. */
    public long bytesSent() {
        return calls.stream()
                .filter(call -> call.is(Operation.PUT) || call.is(Operation.UPLOAD_PART))
                .mapToLong(Call::bytes)
                .sum();
    }

    /** The bytes of bodies received since the last {@link #forgetCalls}. */
    public long bytesReceived() {
        return received.get();
    }

    void received(long bytes) {
        received.addAndGet(bytes);
    }

    /** Records a call, and returns its fault. */
    @Nullable
    Fault of(Call call) {
        calls.add(call);
        for (Rule rule : rules) {
            if (rule.which().test(call) && rule.left().getAndDecrement() > 0) {
                return rule.fault();
            }
        }
        return null;
    }
}
