package dev.slipway.transfer.remote;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.sshd.client.session.ClientSession;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Opens the channels of a connection. Servers limit them, such as OpenSSH with {@code MaxSessions}. What finds no place on
 * the connection gets a further one for itself, as far as the server accepts more connections. Safe for use by several
 * threads.
 */
final class ChannelOpener {
    private static final Logger log = LoggerFactory.getLogger(ChannelOpener.class);

    private final RemoteLink link;
    private final Login login;

    /** Held while logging in: servers also limit how many clients may do that at the same time. */
    private final ReentrantLock logins = new ReentrantLock();

    private final ReentrantLock lock = new ReentrantLock();

    /** All further connections. */
    @GuardedBy("lock")
    private final Set<RemoteLink> further = new HashSet<>();

    /** Those without a channel. */
    @GuardedBy("lock")
    private final Deque<RemoteLink> free = new ArrayDeque<>();

    @GuardedBy("lock")
    private boolean ended;

    /** Whether the server has refused a channel on the connection. */
    private volatile boolean limited;

    /** Whether the server has refused a further connection. */
    private volatile boolean refused;

    /** Logs in once more. */
    @FunctionalInterface
    interface Login {
        ClientSession open() throws RemoteException;
    }

    /** What has a channel of its own. */
    interface OnChannel {
        /** Runs an action when the channel is closed, at once if it is already. */
        void whenClosed(Runnable action);
    }

    /** Opens a channel over a session. */
    @FunctionalInterface
    interface Opening<C extends OnChannel> {
        C open(RemoteLink over) throws IOException;
    }

    ChannelOpener(RemoteLink link, Login login) {
        this.link = link;
        this.login = login;
    }

    /**
     * Opens a channel, on a further connection if necessary. Blocks for the server's answers.
     *
     * @throws IOException also if the server accepts neither the channel nor a further connection
     */
    <C extends OnChannel> C open(Opening<C> opening) throws IOException {
        return open(opening, true);
    }

    /**
     * As above, for a caller who has another way: if the server is known to limit channels, it is asked once. Where it has
     * only one channel, each command would wait in vain otherwise.
     */
    <C extends OnChannel> C openIfThereIsRoom(Opening<C> opening) throws IOException {
        return open(opening, false);
    }

    private <C extends OnChannel> C open(Opening<C> opening, boolean patiently) throws IOException {
        try {
            boolean once = limited && !(refused && patiently);
            return once ? link.opened(1, () -> opening.open(link)) : openHere(opening);
        } catch (IOException e) {
            if (link.kind(e) != RemoteFailure.NO_CHANNEL) {
                throw e;
            }
            limited = true;
            Optional<C> opened = openElsewhere(opening);
            if (opened.isPresent()) {
                return opened.get();
            }
            throw e;
        }
    }

    /** Opens a channel on the connection itself. */
    <C extends OnChannel> C openHere(Opening<C> opening) throws IOException {
        return link.opened(() -> opening.open(link));
    }

    private <C extends OnChannel> Optional<C> openElsewhere(Opening<C> opening) throws IOException {
        RemoteLink other = take();
        if (other == null) {
            return Optional.empty();
        }
        boolean opened = false;
        try {
            C channel = other.opened(() -> opening.open(other));
            opened = true;
            channel.whenClosed(() -> giveBack(other));
            return Optional.of(channel);
        } catch (IOException e) {
            if (link.session().isOpen() && (!other.session().isOpen() || other.kind(e) == RemoteFailure.NO_CHANNEL)) {
                log.debug("{}: a further connection is of no use", link.name(), e);
                return Optional.empty();
            }
            throw e;
        } finally {
            if (!opened) {
                drop(other);
            }
        }
    }

    /** A further connection without a channel; null if there is none and none can be had. */
    private @Nullable RemoteLink take() {
        RemoteLink present = takeFree();
        if (present != null || refused) {
            return present;
        }
        logins.lock();
        try {
            if (refused || count() >= link.remote().maxChannels()) {
                return takeFree();
            }
            RemoteLink other = link.over(login.open());
            if (!add(other)) {
                other.session().close(true);
                return null;
            }
            return other;
        } catch (RemoteException e) {
            refused = true;
            log.debug("{}: the server accepts no further connection", link.name(), e);
            return takeFree();
        } finally {
            logins.unlock();
        }
    }

    private @Nullable RemoteLink takeFree() {
        lock.lock();
        try {
            for (RemoteLink next = free.poll(); next != null; next = free.poll()) {
                if (next.session().isOpen()) {
                    return next;
                }
                further.remove(next);
            }
            return null;
        } finally {
            lock.unlock();
        }
    }

    private int count() {
        lock.lock();
        try {
            return ended ? Integer.MAX_VALUE : further.size();
        } finally {
            lock.unlock();
        }
    }

    private boolean add(RemoteLink other) {
        lock.lock();
        try {
            return !ended && further.add(other);
        } finally {
            lock.unlock();
        }
    }

    private void giveBack(RemoteLink other) {
        lock.lock();
        try {
            if (!ended && other.session().isOpen()) {
                free.add(other);
                return;
            }
        } finally {
            lock.unlock();
        }
        drop(other);
    }

    private void drop(RemoteLink other) {
        lock.lock();
        try {
            further.remove(other);
        } finally {
            lock.unlock();
        }
        other.session().close(true);
    }

    /**
     * Ends the use of further connections.
     *
     * @return those that nothing uses, which are the caller's; the others are closed
     */
    List<ClientSession> end() {
        List<RemoteLink> unused;
        List<RemoteLink> used;
        lock.lock();
        try {
            ended = true;
            unused = List.copyOf(free);
            free.clear();
            further.removeAll(unused);
            used = List.copyOf(further);
            further.clear();
        } finally {
            lock.unlock();
        }
        used.forEach(other -> other.session().close(true));
        return unused.stream().map(RemoteLink::session).toList();
    }
}
