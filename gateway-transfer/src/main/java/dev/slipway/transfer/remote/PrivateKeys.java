package dev.slipway.transfer.remote;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.config.keys.FilePasswordProvider;
import org.apache.sshd.common.util.security.SecurityUtils;

/** Reads private keys in OpenSSH and PEM format. */
final class PrivateKeys {
    private PrivateKeys() {}

    /** Whether a passphrase is asked for to read a key. */
    static boolean isEncrypted(String key) {
        AtomicBoolean asked = new AtomicBoolean();
        try (InputStream text = new ByteArrayInputStream(key.getBytes(StandardCharsets.UTF_8))) {
            Iterable<KeyPair> _ =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName("private key"), text, (_, _, _) -> {
                        asked.set(true);
                        return null;
                    });
        } catch (IOException | GeneralSecurityException | RuntimeException _) {
            // The code that reads the key reports what is wrong with it.
        }
        return asked.get();
    }

    /** @throws IllegalArgumentException it cannot be read; the message begins with {@code cannot be read} */
    static List<KeyPair> load(Credentials.PrivateKey key) {
        FilePasswordProvider passphrase =
                key.passphrase() == null ? FilePasswordProvider.EMPTY : FilePasswordProvider.of(key.passphrase());
        List<KeyPair> pairs = new ArrayList<>();
        try (InputStream text = new ByteArrayInputStream(key.key().getBytes(StandardCharsets.UTF_8))) {
            Iterable<KeyPair> loaded =
                    SecurityUtils.loadKeyPairIdentities(null, NamedResource.ofName("private key"), text, passphrase);
            if (loaded != null) {
                loaded.forEach(pairs::add);
            }
        } catch (IOException | GeneralSecurityException | RuntimeException e) {
            throw new IllegalArgumentException(
                    key.passphrase() == null
                            ? "cannot be read; if it is encrypted, it needs its passphrase"
                            : "cannot be read; the passphrase may be wrong",
                    e);
        }
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("cannot be read: it is neither in OpenSSH nor in PEM format");
        }
        return pairs;
    }
}
