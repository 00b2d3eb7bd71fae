package dev.slipway.sftp.auth;

import dev.slipway.core.account.Accounts;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Login;
import dev.slipway.sftp.CertificateTrust;
import dev.slipway.sftp.transport.Connections;
import dev.slipway.sftp.transport.GatewaySession;
import dev.slipway.sftp.transport.SessionState;
import java.io.IOException;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.server.auth.keyboard.InteractiveChallenge;
import org.apache.sshd.server.auth.keyboard.KeyboardInteractiveAuthenticator;
import org.apache.sshd.server.auth.password.PasswordAuthenticator;
import org.apache.sshd.server.auth.pubkey.PublickeyAuthenticator;
import org.apache.sshd.server.session.ServerSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Authenticates clients against the accounts, and records the result in the session. Called by threads that may block,
 * and for one request of a session at a time (see {@link GatewaySession}).
 */
public final class Authentication
        implements PasswordAuthenticator, KeyboardInteractiveAuthenticator, PublickeyAuthenticator {
    private static final Logger log = LoggerFactory.getLogger(Authentication.class);

    private final Accounts accounts;
    private final Supplier<CertificateTrust> trust;

    /** @param trust trusted CAs and revocations; must not block */
    public Authentication(Accounts accounts, Supplier<CertificateTrust> trust) {
        this.accounts = accounts;
        this.trust = trust;
    }

    /** Blocks while the password is hashed. */
    @Override
    public boolean authenticate(String name, String password, ServerSession session) {
        if (!mayTry(session)) {
            return false;
        }
        SessionState.of(session).keyAlgorithm("");
        char[] secret = password.toCharArray();
        try {
            return admit(
                    session,
                    name,
                    accounts.authenticate(name, secret, Connections.client(session))
                            .map(SessionState.Proof::new));
        } catch (RuntimeException e) {
            log.error("A password could not be checked", e);
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

    /** Called twice for each key: without and with the signature, which the library verifies. */
    @Override
    public boolean authenticate(String name, PublicKey key, ServerSession session) {
        SessionState.of(session).askedForKey(true);
        if (!mayTry(session)) {
            return false;
        }
        InetAddress client = Connections.client(session);
        try {
            CertificateTrust now = trust.get();
            if (key instanceof OpenSshCertificate certificate) {
                return authenticate(name, certificate, now, session);
            }
            if (revokes(now, key)) {
                log.info("A key of '{}' from {} was refused: it is revoked", name, client.getHostAddress());
                return admit(
                        session,
                        name,
                        accounts.authenticate(name, NobodysKey.INSTANCE, client).map(SessionState.Proof::new));
            }
            return admit(session, name, accounts.authenticate(name, key, client).map(SessionState.Proof::new));
        } catch (RuntimeException e) {
            log.error("A public key could not be checked", e);
            return false;
        }
    }

    /** A key of an unsupported type, such as that of a security token, cannot be revoked either. */
    private static boolean revokes(CertificateTrust trust, PublicKey key) {
        if (trust.revokedKeys().isEmpty()) {
            return false;
        }
        try {
            return trust.revokes(AuthorizedKey.of(key, ""));
        } catch (IllegalArgumentException e) {
            log.debug("A key cannot be looked up in the revocation list: {}", e.getMessage());
            return false;
        }
    }

    /** Stands for a revoked key: the login fails and is counted as one by a key. */
    private enum NobodysKey implements PublicKey {
        INSTANCE;

        @Override
        public String getAlgorithm() {
            return "none";
        }

        @Override
        public String getFormat() {
            return "none";
        }

        @Override
        public byte[] getEncoded() {
            return new byte[0];
        }
    }

    private boolean authenticate(
            String name, OpenSshCertificate certificate, CertificateTrust now, ServerSession session) {
        InetAddress client = Connections.client(session);
        UserCertificates.Admission admitted;
        try {
            admitted = UserCertificates.check(certificate, now, client, Instant.now());
        } catch (UserCertificates.RefusedException e) {
            log.info("A certificate from {} was refused: {}", client.getHostAddress(), e.getMessage());
            return admit(
                    session,
                    name,
                    accounts.authenticate(name, List.<String>of(), client).map(SessionState.Proof::new));
        }
        Optional<Login> login = accounts.authenticate(name, admitted.principals(), client);
        if (login.isEmpty()) {
            log.info(
                    "A certificate from {} was refused: {} is not valid for this account, or the account may not log in",
                    client.getHostAddress(),
                    admitted.certificate());
        }
        return admit(
                session,
                name,
                login.map(found -> new SessionState.Proof(found, admitted.certificate(), admitted.sftpOnly())));
    }

    /** The library has rejected a certificate and logged why. */
    public void refused(String name, ServerSession session) {
        if (mayTry(session)) {
            var _ = accounts.authenticate(name, List.<String>of(), Connections.client(session));
        }
    }

    private static boolean admit(ServerSession session, String name, Optional<SessionState.Proof> proof) {
        proof.ifPresent(acceptable -> SessionState.of(session).accept(name, acceptable));
        return proof.isPresent();
    }

    /** The library counts too, but starts over when the client requests the authentication service again. */
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
