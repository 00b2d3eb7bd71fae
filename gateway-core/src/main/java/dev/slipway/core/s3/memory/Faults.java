package dev.slipway.core.s3.memory;

import dev.slipway.core.s3.memory.Call.Operation;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** What goes wrong with the calls of one or more {@link FaultyS3}, and a record of them. Safe for use by several threads. */
public final class Faults {
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();
    private final AtomicLong received = new AtomicLong();

    private record Rule(Predicate<Call> which, Fault fault, AtomicInteger left) {}

    /** The next call of this kind meets a fault. */
    public void once(Predicate<Call> which, Fault fault) {
        times(1, which, fault);
    }

    /** So many of the next calls of this kind meet a fault. Of several faults for a call, the one that was named first. */
    public void times(int count, Predicate<Call> which, Fault fault) {
        rules.add(new Rule(which, fault, new AtomicInteger(count)));
    }

    /** All calls of this kind meet a fault, until {@link #heal}. */
    public void always(Predicate<Call> which, Fault fault) {
        times(Integer.MAX_VALUE, which, fault);
    }

    /** From now on there are no faults. What is held stays so. */
    public void heal() {
        rules.clear();
    }

    /** The calls so far, since {@link #forgetCalls}. */
    public List<Call> calls() {
        return List.copyOf(calls);
    }

    /** Forgets the calls so far, and what they have moved. */
    public void forgetCalls() {
        calls.clear();
        received.set(0);
    }

    /** The bytes of the bodies that were sent, since {@link #forgetCalls}. */
    public long bytesSent() {
        return calls.stream()
                .filter(call -> call.is(Operation.PUT) || call.is(Operation.UPLOAD_PART))
                .mapToLong(Call::bytes)
                .sum();
    }

    /** The bytes of the bodies that were received, since {@link #forgetCalls}. */
    public long bytesReceived() {
        return received.get();
    }

    void received(long bytes) {
        received.addAndGet(bytes);
    }

    /** Records a call, and says what goes wrong with it. */
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
