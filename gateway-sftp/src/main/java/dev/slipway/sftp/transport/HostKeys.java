package dev.slipway.sftp.transport;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.interfaces.EdECPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.List;
import java.util.function.Supplier;
import org.apache.sshd.common.AttributeRepository.AttributeKey;
import org.apache.sshd.common.keyprovider.KeyPairProvider;
import org.apache.sshd.common.session.SessionContext;
import org.apache.sshd.common.util.security.SecurityUtils;
import org.jspecify.annotations.Nullable;

/** Keeps a session's host keys for its lifetime: a client must not see them change. */
public final class HostKeys implements KeyPairProvider {
    private static final AttributeKey<List<KeyPair>> KEY = new AttributeKey<>();

    private final Supplier<List<KeyPair>> current;

    /** @param current called for each session; must not be empty */
    public HostKeys(Supplier<List<KeyPair>> current) {
        this.current = current;
    }

    @Override
    public Iterable<KeyPair> loadKeys(@Nullable SessionContext session) {
        return session == null ? load() : session.computeAttributeIfAbsent(KEY, _ -> load());
    }

    private List<KeyPair> load() {
        return current.get().stream().map(HostKeys::usable).toList();
    }

    /** The library signs with Ed25519 keys of its own provider only, and not with those of the Java runtime. */
    private static KeyPair usable(KeyPair pair) {
        if (!(pair.getPublic() instanceof EdECPublicKey)) {
            return pair;
        }
        try {
            KeyFactory factory = SecurityUtils.getKeyFactory(SecurityUtils.ED25519);
            return new KeyPair(
                    factory.generatePublic(
                            new X509EncodedKeySpec(pair.getPublic().getEncoded())),
                    factory.generatePrivate(
                            new PKCS8EncodedKeySpec(pair.getPrivate().getEncoded())));
        } catch (GeneralSecurityException e) {
            throw new IllegalArgumentException("an Ed25519 host key cannot be used: " + e.getMessage(), e);
        }
    }
}
