package dev.slipway.sftp;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.Accounts;
import java.io.IOException;
import java.security.PublicKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.server.auth.AsyncAuthException;
import org.apache.sshd.server.auth.keyboard.InteractiveChallenge;
import org.apache.sshd.server.auth.keyboard.KeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the accounts who somebody is, and notes the answer in the session. */
final class Authentication implements PasswordAuthenticator, KeyboardInteractiveAuthenticator, PublickeyAuthenticator {
    private static final Logger log = LoggerFactory.getLogger(Authentication.class);

    private final Accounts accounts;
    private final Executor executor;

    /** @param executor gives each task a thread that may block */
    Authentication(Accounts accounts, Executor executor) {
        this.accounts = accounts;
        this.executor = executor;
    }

    /** Leaves the I/O thread at once: a password's hash takes its time. */
    @Override
    public boolean authenticate(String name, String password, ServerSession session) {
        if (!mayTry(session)) {
            return false;
        }
        SessionState.of(session).keyAlgorithm("");
        AsyncAuthException answer = new AsyncAuthException();
        executor.execute(() -> answer.setAuthed(check(name, password, session)));
        throw answer;
    }

    private boolean check(String name, String password, ServerSession session) {
        char[] secret = password.toCharArray();
        try {
            return admit(session, name, accounts.authenticate(name, secret, Connections.client(session)));
        } catch (RuntimeException e) {
            log.error("a password could not be checked", e);
            return false;
        } finally {
            Arrays.fill(secret, '\0');
        }
    }

    @Override
    public InteractiveChallenge generateChallenge(
            ServerSession session, String name, String language, String subMethods) {
        InteractiveChallenge challenge = new InteractiveChallenge();
        challenge.setInteractionName("");
        challenge.setInteractionInstruction("");
        challenge.setLanguageTag("");
        challenge.addPrompt("Password: ", false);
        return challenge;
    }

    @Override
    public boolean authenticate(ServerSession session, String name, List<String> responses) {
        return responses.size() == 1 && authenticate(name, responses.getFirst(), session);
    }

    /** Called on the I/O thread, and twice for each key: before and with the signature, which the library verifies. */
    @Override
    public boolean authenticate(String name, PublicKey key, ServerSession session) {
        if (key instanceof OpenSshCertificate || !mayTry(session)) {
            return false;
        }
        try {
            return admit(session, name, accounts.authenticate(name, key, Connections.client(session)));
        } catch (RuntimeException e) {
            log.error("a public key could not be checked", e);
            return false;
        }
    }

    private static boolean admit(ServerSession session, String name, Optional<Account> account) {
        account.ifPresent(acceptable -> SessionState.of(session).accept(name, acceptable));
        return account.isPresent();
    }

    /** The library counts, too, but begins anew when the client asks for its service of authentication again. */
    private static boolean mayTry(ServerSession session) {
        if (SessionState.of(session).mayTry()) {
            return true;
        }
        try {
            session.disconnect(
                    SshConstants.SSH2_DISCONNECT_NO_MORE_AUTH_METHODS_AVAILABLE, "Too many authentication failures.");
        } catch (IOException e) {
            session.close(true);
        }
        return false;
    }
}
