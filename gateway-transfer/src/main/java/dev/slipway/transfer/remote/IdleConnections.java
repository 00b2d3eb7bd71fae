package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.util.buffer.Buffer;
import org.jspecify.annotations.Nullable;

/**
 * Idle connections, kept because logging in takes many times as long as sending a small file. They are only reused if
 * nothing about the remote has changed, including its secrets. Safe for use by several threads.
 */
final class IdleConnections {
    /** Firewalls drop connections silently: a live remote answers at once. */
    private static final Duration LONGEST_ANSWER = Duration.ofSeconds(5);

    /** A connection, with the SFTP channel that is open on it. */
    record Idle(ClientSession session, @Nullable SftpChannel sftp, long sinceNanos) {}

    private final RemoteTimeouts timeouts;
    private final ScheduledExecutorService timer;
    private final ReentrantLock lock = new ReentrantLock();

    @GuardedBy("lock")
    private final Map<Remote, Deque<Idle>> connections = new HashMap<>();

    @GuardedBy("lock")
    private boolean isSweeping;

    IdleConnections(RemoteTimeouts timeouts, ScheduledExecutorService timer) {
        this.timeouts = timeouts;
        this.timer = timer;
    }

    /** Keeps an unused connection. */
    void put(Remote remote, ClientSession session, @Nullable SftpChannel sftp) {
        if (timeouts.kept().isZero()) {
            session.close(false);
            return;
        }
        lock.lock();
        try {
            connections
                    .computeIfAbsent(remote, _ -> new ArrayDeque<>())
                    .addFirst(new Idle(session, sftp, System.nanoTime()));
            if (!isSweeping) {
                isSweeping = true;
                ScheduledFuture<?> _ =
                        timer.schedule(this::sweep, timeouts.kept().toMillis(), TimeUnit.MILLISECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Takes a live one out. Blocks for its answer, five seconds for each that is dead. */
    Optional<Idle> take(Remote remote) {
        for (Optional<Idle> next = poll(remote); next.isPresent(); next = poll(remote)) {
            if (isAlive(next.get().session())) {
                return next;
            }
            next.get().session().close(true);
        }
        return Optional.empty();
    }

    private Optional<Idle> poll(Remote remote) {
        lock.lock();
        try {
            Deque<Idle> of = connections.get(remote);
            if (of == null) {
                return Optional.empty();
            }
            Idle youngest = of.removeFirst();
            if (of.isEmpty()) {
                connections.remove(remote);
            }
            return Optional.of(youngest);
        } finally {
            lock.unlock();
        }
    }

    private boolean isAlive(ClientSession session) {
        Duration patience = timeouts.answer().compareTo(LONGEST_ANSWER) < 0 ? timeouts.answer() : LONGEST_ANSWER;
        return isAlive(session, patience);
    }

    /** Asks the remote for an answer, and waits for it. */
    static boolean isAlive(ClientSession session, Duration patience) {
        if (!session.isOpen()) {
            return false;
        }
        try {
            Buffer question = session.createBuffer(SshConstants.SSH_MSG_GLOBAL_REQUEST);
            question.putString(SshClients.KEEP_ALIVE);
            question.putBoolean(true);
            // Servers that do not support it refuse it, which also proves that they are alive.
            session.request(SshClients.KEEP_ALIVE, question, patience);
            return true;
        } catch (IOException | IllegalStateException _) {
            return false;
        }
    }

    private void sweep() {
        List<ClientSession> old = new ArrayList<>();
        long now = System.nanoTime();
        lock.lock();
        try {
            long oldest = 0;
            for (Deque<Idle> of : connections.values()) {
                while (!of.isEmpty()
                        && now - of.getLast().sinceNanos() >= timeouts.kept().toNanos()) {
                    old.add(of.removeLast().session());
                }
                if (!of.isEmpty()) {
                    oldest = Math.max(oldest, now - of.getLast().sinceNanos());
                }
            }
            connections.values().removeIf(Deque::isEmpty);
            isSweeping = !connections.isEmpty();
            if (isSweeping) {
                ScheduledFuture<?> _ =
                        timer.schedule(this::sweep, timeouts.kept().toNanos() - oldest, TimeUnit.NANOSECONDS);
            }
        } finally {
            lock.unlock();
        }
        old.forEach(session -> session.close(false));
    }
}
