package dev.slipway.ftps;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The server's certificate, and which client certificates it trusts. Immutable. */
public final class TlsIdentity {
    private final PrivateKey key;
    private final List<X509Certificate> chain;
    private final X509ExtendedKeyManager keys;
    private final @Nullable X509ExtendedTrustManager clients;

    /**
     * @param key the private key of the first certificate
     * @param chain the server's certificate first, at least one
     * @param clients decides on client certificates; null if none are requested
     * @throws IllegalArgumentException if the Java runtime cannot use key and certificates for TLS
     */
    public TlsIdentity(PrivateKey key, List<X509Certificate> chain, @Nullable X509ExtendedTrustManager clients) {
        this.key = key;
        this.chain = List.copyOf(chain);
        this.keys = keyManager(key, chain);
        this.clients = clients;
    }

    private static X509ExtendedKeyManager keyManager(PrivateKey key, List<X509Certificate> chain) {
        char[] password = "in-memory".toCharArray();
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            store.setKeyEntry("server", key, password, chain.toArray(X509Certificate[]::new));
            KeyManagerFactory factory = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
            factory.init(store, password);
            return (X509ExtendedKeyManager) factory.getKeyManagers()[0];
        } catch (GeneralSecurityException | IOException e) {
            throw new IllegalArgumentException(
                    "no TLS key manager can be created from the key and its certificates", e);
        }
    }

    public PrivateKey key() {
        return key;
    }

    public List<X509Certificate> chain() {
        return chain;
    }

    /** Shows this certificate in any TLS of the Java runtime. */
    public X509ExtendedKeyManager keys() {
        return keys;
    }

    /** Decides on client certificates; null if none are requested. */
    public @Nullable X509ExtendedTrustManager clients() {
        return clients;
    }
}
