package dev.slipway.core.store.requests;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Finds out which {@link Extra}s a store refuses. A refused request is sent again with fewer extras; if that succeeds,
 * later requests omit what was left out. A store that refuses nothing gets no additional requests.
 */
public final class StoreCapabilities {
    private static final Logger log = LoggerFactory.getLogger(StoreCapabilities.class);

    @GuardedBy("this")
    private final Set<Extra> refused = EnumSet.noneOf(Extra.class);

    private synchronized void add(Set<Extra> found, Throwable answer) {
        for (Extra extra : found) {
            if (refused.add(extra)) {
                log.warn("The store refuses {}; no longer sending them ({})", extra.meaning(), answer.getMessage());
            }
        }
    }

    private synchronized EnumSet<Extra> accepted(Set<Extra> wanted) {
        EnumSet<Extra> accepted = EnumSet.noneOf(Extra.class);
        accepted.addAll(wanted);
        accepted.removeAll(refused);
        return accepted;
    }

    /**
     * Sends a request, repeatedly if necessary. Does not block.
     *
     * @param wanted the extras that it should carry
     * @param request sends the request with the given extras; cancelling the result cancels the latest attempt
     */
    public <T> CompletableFuture<T> send(Set<Extra> wanted, Function<Set<Extra>, CompletableFuture<T>> request) {
        EnumSet<Extra> first = accepted(wanted);
        CompletableFuture<T> result = new CompletableFuture<>();
        Queue<Set<Extra>> fallbacks = new ArrayDeque<>(less(first));
        var _ = attempt(request, first, result, answer -> {
            if (StoreFailures.isRefusal(answer)) {
                attemptWithLess(request, first, fallbacks, result, answer);
            } else {
                result.completeExceptionally(answer);
            }
        });
        return result;
    }

    /** Each set without one extra, then no extras at all. Byte checksums go last, since others depend on them. */
    private static List<Set<Extra>> less(EnumSet<Extra> extras) {
        List<Set<Extra>> choices = new ArrayList<>();
        for (Extra extra : List.copyOf(extras).reversed()) {
            EnumSet<Extra> others = EnumSet.copyOf(extras);
            others.remove(extra);
            choices.add(others);
        }
        if (extras.size() > 1) {
            choices.add(EnumSet.noneOf(Extra.class));
        }
        return choices;
    }

    private <T> void attemptWithLess(
            Function<Set<Extra>, CompletableFuture<T>> request,
            EnumSet<Extra> first,
            Queue<Set<Extra>> fallbacks,
            CompletableFuture<T> result,
            Throwable firstAnswer) {
        Set<Extra> extras = fallbacks.poll();
        if (extras == null) {
            // The extras were not the cause.
            result.completeExceptionally(firstAnswer);
            return;
        }
        EnumSet<Extra> leftOut = EnumSet.copyOf(first);
        leftOut.removeAll(extras);
        CompletableFuture<T> sent = attempt(request, extras, result, answer -> {
            if (StoreFailures.isRefusal(answer)) {
                attemptWithLess(request, first, fallbacks, result, firstAnswer);
            } else {
                result.completeExceptionally(answer);
            }
        });
        var _ = sent.thenRun(() -> add(leftOut, firstAnswer));
    }

    private static <T> CompletableFuture<T> attempt(
            Function<Set<Extra>, CompletableFuture<T>> request,
            Set<Extra> extras,
            CompletableFuture<T> result,
            Consumer<Throwable> onFailure) {
        CompletableFuture<T> sent = request.apply(extras);
        var _ = result.whenComplete((_, _) -> {
            if (result.isCancelled()) {
                sent.cancel(true);
            }
        });
        var _ = sent.whenComplete((value, thrown) -> {
            if (thrown == null) {
                result.complete(value);
            } else {
                onFailure.accept(thrown);
            }
        });
        return sent;
    }
}
