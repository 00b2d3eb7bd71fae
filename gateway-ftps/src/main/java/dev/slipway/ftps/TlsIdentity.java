package dev.slipway.ftps;

import java.security.GeneralSecurityException;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedKeyManager;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/**
 * What the server shows to clients, and which clients' certificates it trusts.
 *
 * @param keys the server's certificate and key
 * @param clients decides on the certificates that clients show; null where none are asked for
 */
public record TlsIdentity(
        X509ExtendedKeyManager keys, @Nullable X509ExtendedTrustManager clients) {

    /** A context whose sessions no other context resumes. */
    SSLContext newContext() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            // without a trust manager, the context would trust all CAs of the Java runtime
            context.init(
                    new KeyManager[] {keys},
                    clients == null ? new TrustManager[0] : new TrustManager[] {clients},
                    null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException("this Java runtime cannot do TLS", e);
        }
    }
}
