package dev.slipway.ingest.watch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.SequencedSet;

/**
 * The files that are to be looked at, each once, in the order in which they came. One that comes again while somebody looks
 * at it is looked at again. Thread-safe.
 */
final class PendingFiles {
    private final int most;
    private final SequencedSet<Path> waiting = new LinkedHashSet<>();

    /** Those that somebody looks at, and whether they have come again. */
    private final Map<Path, Boolean> taken = new HashMap<>();

    private final PriorityQueue<Later> later = new PriorityQueue<>(Comparator.comparingLong(Later::due));

    /** When each of the later ones is due, in nanoseconds of the system's timer. */
    private final Map<Path, Long> due = new HashMap<>();

    private boolean held;
    private boolean ended;

    private record Later(Path file, long due) {}

    /** @param most files that wait at once, at least 1; as many again may be due later */
    PendingFiles(int most) {
        this.most = most;
    }

    /**
     * Adds a file that has changed. Does not block.
     *
     * @return false if there is no room
     */
    synchronized boolean offer(Path file) {
        if (taken.containsKey(file)) {
            taken.put(file, true);
            return true;
        }
        due.remove(file);
        if (waiting.contains(file)) {
            return true;
        }
        if (waiting.size() >= most) {
            return false;
        }
        waiting.add(file);
        notifyAll();
        return true;
    }

    /** Adds a file that may have changed, unless it is known. Blocks until there is room. */
    synchronized void put(Path file) throws InterruptedException {
        while (!isKnown(file) && !ended) {
            if (waiting.size() < most) {
                waiting.add(file);
                notifyAll();
            } else {
                wait();
            }
        }
    }

    private boolean isKnown(Path file) {
        return waiting.contains(file) || taken.containsKey(file) || due.containsKey(file);
    }

    /**
     * Takes the next file. Blocks until there is one, and while files are held back.
     *
     * @throws InterruptedException also after {@link #end}
     */
    synchronized Path take() throws InterruptedException {
        while (true) {
            if (ended) {
                throw new InterruptedException("no more files are taken");
            }
            long wait = wake();
            if (!held && !waiting.isEmpty()) {
                Path file = waiting.removeFirst();
                taken.put(file, false);
                notifyAll();
                return file;
            }
            if (wait == 0) {
                wait();
            } else {
                wait(wait);
            }
        }
    }

    /** Lets those wait that are due. Returns the milliseconds until the next is due; 0 if there is none. */
    private long wake() {
        long now = System.nanoTime();
        while (!later.isEmpty()) {
            Later next = later.element();
            Long time = due.get(next.file());
            boolean isOutdated = time == null || time != next.due();
            if (!isOutdated && next.due() - now > 0) {
                return (next.due() - now) / 1_000_000 + 1;
            }
            later.remove();
            if (!isOutdated) {
                due.remove(next.file());
                waiting.add(next.file());
            }
        }
        return 0;
    }

    /** A file that was taken is done, unless it has come again meanwhile. */
    synchronized void done(Path file) {
        if (Boolean.TRUE.equals(taken.remove(file))) {
            waiting.add(file);
        }
        notifyAll();
    }

    /**
     * A file that was taken is to be looked at again, at once if it has come again meanwhile. It is forgotten if there is no
     * room; the next scan finds it.
     */
    synchronized void again(Path file, Duration delay) {
        boolean came = Boolean.TRUE.equals(taken.remove(file));
        if (came || delay.isZero()) {
            waiting.add(file);
        } else if (due.size() < most) {
            long time = System.nanoTime() + delay.toNanos();
            due.put(file, time);
            later.add(new Later(file, time));
        }
        notifyAll();
    }

    /** Holds files back, or not. */
    synchronized void hold(boolean back) {
        held = back;
        notifyAll();
    }

    /** How many are to be looked at, now or later. */
    synchronized int size() {
        return waiting.size() + taken.size() + due.size();
    }

    /** Those that are due later are due now. */
    synchronized void hurry() {
        waiting.addAll(due.keySet());
        due.clear();
        later.clear();
        notifyAll();
    }

    /** Waits until nobody looks at a file, at most for the limit. */
    synchronized void awaitNoneTaken(Duration limit) throws InterruptedException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (!taken.isEmpty()) {
            long left = (deadline - System.nanoTime()) / 1_000_000;
            if (left <= 0) {
                return;
            }
            wait(left);
        }
    }

    /** Ends all waiting. */
    synchronized void end() {
        ended = true;
        notifyAll();
    }
}
