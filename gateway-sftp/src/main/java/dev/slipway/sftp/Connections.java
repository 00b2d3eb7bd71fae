package dev.slipway.sftp;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.session.SessionListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts the connections and closes those that are too many, before a key exchange costs anything. */
final class Connections implements SessionListener {
    private static final Logger log = LoggerFactory.getLogger(Connections.class);

    private final SftpSettings settings;
    private final Set<Session> unauthenticated = ConcurrentHashMap.newKeySet();
    private final Set<Session> all = ConcurrentHashMap.newKeySet();

    Connections(SftpSettings settings) {
        this.settings = settings;
    }

    @Override
    public void sessionEstablished(Session session) {
        SessionState.attach(session, settings);
    }

    @Override
    public void sessionCreated(Session session) {
        all.add(session);
        unauthenticated.add(session);
        if (all.size() > settings.maxSessions()) {
            refuse(session, "sessions");
        } else if (unauthenticated.size() > settings.maxUnauthenticatedConnections()) {
            refuse(session, "connections that are not logged in yet");
        }
    }

    private void refuse(Session session, String what) {
        log.warn("{} was refused: too many {}", session.getRemoteAddress(), what);
        sessionClosed(session);
        session.close(true);
    }

    @Override
    public void sessionEvent(Session session, Event event) {
        if (event == Event.Authenticated) {
            unauthenticated.remove(session);
        }
    }

    @Override
    public void sessionClosed(Session session) {
        unauthenticated.remove(session);
        all.remove(session);
    }
}
