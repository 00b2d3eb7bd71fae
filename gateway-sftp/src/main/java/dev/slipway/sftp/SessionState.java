package dev.slipway.sftp;

import dev.slipway.core.account.Account;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.session.SessionContext;
import org.jspecify.annotations.Nullable;

/** What we keep for one SSH connection, from its first byte on. */
final class SessionState {
    private static final AttributeKey<SessionState> KEY = new AttributeKey<>();

    private final int maxOpenHandles;
    private final int maxChannels;
    private final Set<ChannelCommand> commands = ConcurrentHashMap.newKeySet();
    private final AtomicInteger openHandles = new AtomicInteger();
    private final AtomicInteger openChannels = new AtomicInteger();
    private volatile @Nullable Account account;

    private SessionState(SftpSettings settings) {
        this.maxOpenHandles = settings.maxOpenHandles();
        this.maxChannels = settings.maxChannels();
    }

    /** Makes the state of a new session. */
    static void attach(SessionContext session, SftpSettings settings) {
        session.setAttribute(KEY, new SessionState(settings));
    }

    static SessionState of(SessionContext session) {
        SessionState state = session.getAttribute(KEY);
        if (state == null) {
            throw new IllegalStateException("the session has no state");
        }
        return state;
    }

    /** Who is logged in. */
    Account account() {
        Account result = account;
        if (result == null) {
            throw new IllegalStateException("nobody is logged in");
        }
        return result;
    }

    void account(Account authenticated) {
        account = authenticated;
    }

    void started(ChannelCommand command) {
        commands.add(command);
    }

    void ended(ChannelCommand command) {
        commands.remove(command);
    }

    /** Whether anything is being done for the client at this moment. */
    boolean isWorking() {
        return commands.stream().anyMatch(ChannelCommand::isWorking);
    }

    int maxOpenHandles() {
        return maxOpenHandles;
    }

    /** Takes a place for one more open file or directory, if there is one. */
    boolean takeHandle() {
        return take(openHandles, maxOpenHandles);
    }

    void returnHandle() {
        openHandles.decrementAndGet();
    }

    /** Takes a place for one more channel, if there is one. */
    boolean takeChannel() {
        return take(openChannels, maxChannels);
    }

    void returnChannel() {
        openChannels.decrementAndGet();
    }

    private static boolean take(AtomicInteger places, int limit) {
        if (places.incrementAndGet() <= limit) {
            return true;
        }
        places.decrementAndGet();
        return false;
    }
}
