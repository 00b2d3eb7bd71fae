package dev.slipway.ftps.control;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.slipway.core.account.AccountSession;
import dev.slipway.ftps.data.Transfer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of a session agree on: which commands wait, whether one is running, and whether the session goes on.
 * Safe for use by several threads; nothing here blocks.
 */
final class CommandQueue {
    /** Clients send about ten before they log in. */
    private static final int MAX_COMMANDS_BEFORE_LOGIN = 100;

    /**
     * Maximum size of commands waiting behind the running one, in bytes: of a client that is logged in, and of any
     * other.
     */
    private static final int MAX_PENDING = 256 * 1024;

    private static final int MAX_PENDING_BEFORE_LOGIN = 36 * 1024;

    private enum Phase {
        OPEN,
        /** Ends after the running command. */
        DRAINING,
        ENDED
    }

    /** What has become of a line that arrived. */
    enum Arrival {
        QUEUED,
        /** It is queued, and a thread must take it. */
        NEEDS_THREAD,
        DISCARDED,
        /** The client sends commands faster than they can be processed. */
        FLOODED
    }

    /** What the session's thread does next. */
    sealed interface Next {
        record Run(Input input) implements Next {}

        /** The client sends commands and does not log in: the session has ended. */
        record Refuse() implements Next {}

        /** The session has ended because the server shuts down. */
        record SayGoodbye() implements Next {}

        /** There is nothing to do, and the thread is no longer the session's. */
        record Leave() implements Next {}
    }

    @GuardedBy("this")
    private final Deque<Input> pending = new ArrayDeque<>();

    @GuardedBy("this")
    private int pendingWeight;

    @GuardedBy("this")
    private int commandsBeforeLogin;

    @GuardedBy("this")
    private Phase phase = Phase.OPEN;

    /** Whether the session has a thread. */
    @GuardedBy("this")
    private boolean running;

    /** Whether lines are dropped: those before TLS, or of a client that sends too many. */
    @GuardedBy("this")
    private boolean discarding;

    @GuardedBy("this")
    private @Nullable Transfer transfer;

    @GuardedBy("this")
    private @Nullable AccountSession login;

    /** Ends the session of a client that has logged out and does not log in again. */
    @GuardedBy("this")
    private @Nullable Future<?> nextLogin;

    // ---- lines that arrive

    /** Puts a line behind the others. ABOR also aborts the running transfer at once. */
    synchronized Arrival add(Input input) {
        if (phase == Phase.ENDED || discarding) {
            return Arrival.DISCARDED;
        }
        pendingWeight += input.weight();
        if (pendingWeight > (login == null ? MAX_PENDING_BEFORE_LOGIN : MAX_PENDING)) {
            discarding = true; // more of them may be decoded already
            return Arrival.FLOODED;
        }
        pending.add(input);
        if (transfer != null && isAbort(input)) {
            transfer.abortOnRequest();
        }
        if (running) {
            return Arrival.QUEUED;
        }
        running = true;
        return Arrival.NEEDS_THREAD;
    }

    /** The progress of the running transfer, if this line asks for it and no other line waits. */
    Optional<String> progress(Input input) {
        return isStatus(input) ? progress() : Optional.empty();
    }

    private synchronized Optional<String> progress() {
        boolean nextInTurn = phase != Phase.ENDED && !discarding && pending.isEmpty();
        return nextInTurn && transfer != null ? Optional.ofNullable(transfer.progress()) : Optional.empty();
    }

    private static boolean isAbort(Input input) {
        return input instanceof Input.Line line && line.getCommand().equals("ABOR");
    }

    private static boolean isStatus(Input input) {
        return input instanceof Input.Line line && line.getCommand().equals("STAT") && line.getArgument() == null;
    }

    /** Drops what waits and what arrives, until {@link #accept}. */
    synchronized void discard() {
        pending.clear();
        pendingWeight = 0;
        discarding = true;
    }

    synchronized void accept() {
        discarding = false;
    }

    // ---- the session's thread

    synchronized Next next() {
        if (phase == Phase.DRAINING) {
            phase = Phase.ENDED;
            running = false;
            return new Next.SayGoodbye();
        }
        Input input = phase == Phase.ENDED ? null : pending.poll();
        if (input == null) {
            running = false;
            return new Next.Leave();
        }
        pendingWeight -= input.weight();
        if (login != null) {
            commandsBeforeLogin = 0;
        } else if (++commandsBeforeLogin > MAX_COMMANDS_BEFORE_LOGIN) {
            phase = Phase.ENDED;
            return new Next.Refuse();
        }
        return new Next.Run(input);
    }

    /** Whether the client no longer waits for the current command. */
    synchronized boolean isAbortWanted() {
        return phase == Phase.ENDED || pending.stream().anyMatch(CommandQueue::isAbort);
    }

    /** From now on, ABOR and the end of the session abort this transfer. */
    synchronized void begin(Transfer begun) {
        transfer = begun;
        if (phase == Phase.ENDED) {
            begun.abort("Control connection closed; transfer aborted.");
        } else if (isAbortWanted()) {
            begun.abortOnRequest();
        }
    }

    synchronized void endTransfer() {
        transfer = null;
    }

    // ---- the login

    synchronized void logIn(AccountSession session) {
        login = session;
        if (nextLogin != null) {
            nextLogin.cancel(false);
            nextLogin = null;
        }
    }

    /** Returns who was logged in. */
    synchronized @Nullable AccountSession logOut() {
        AccountSession over = login;
        login = null;
        return over;
    }

    synchronized @Nullable AccountSession login() {
        return login;
    }

    /**
     * The client has logged out.
     *
     * @param overdue ends the session later; cancelled if the client logs in, or if the session has ended already
     */
    synchronized void awaitLogin(Future<?> overdue) {
        if (phase == Phase.ENDED) {
            overdue.cancel(false);
        } else {
            nextLogin = overdue;
        }
    }

    // ---- the end of the session: each returns whether the caller ends it

    synchronized boolean hasEnded() {
        return phase == Phase.ENDED;
    }

    /** Ends the session unless a command is running; transfers are watched by themselves. */
    synchronized boolean endIfIdle() {
        return !running && end();
    }

    /** Ends the session unless a command is running; it then ends after that command. */
    synchronized boolean drain() {
        if (phase == Phase.OPEN && running) {
            phase = Phase.DRAINING;
        }
        return !running && end();
    }

    /** The same, if somebody is logged in. */
    synchronized boolean drainIfLoggedIn() {
        return login != null && drain();
    }

    /** Ends the session if nobody is logged in. */
    synchronized boolean endUnlessLoggedIn() {
        return login == null && end();
    }

    /** Ends the session and its transfer, unless somebody else has logged in since. */
    synchronized boolean endLogin(AccountSession over, String reason) {
        if (login != over) {
            return false;
        }
        phase = Phase.ENDED;
        if (transfer != null) {
            transfer.abort(reason);
        }
        return true;
    }

    @GuardedBy("this")
    private boolean end() {
        boolean before = phase == Phase.ENDED;
        phase = Phase.ENDED;
        return !before;
    }

    /** The control connection is gone. Returns who was logged in. */
    synchronized @Nullable AccountSession close() {
        phase = Phase.ENDED;
        if (nextLogin != null) {
            nextLogin.cancel(false);
        }
        pending.clear();
        if (transfer != null) {
            transfer.abort("Control connection closed; transfer aborted.");
        }
        return login;
    }
}
