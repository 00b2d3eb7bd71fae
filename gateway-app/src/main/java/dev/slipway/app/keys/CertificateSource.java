package dev.slipway.app.keys;

import dev.slipway.core.setting.Secret;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The files that a server's certificate and key come from. */
public sealed interface CertificateSource {
    /** The files whose change means a new certificate. */
    List<Path> files();

    /**
     * PEM files.
     *
     * @param certificate the server's certificate first, then the intermediates
     * @param key PKCS#8, PKCS#1 or SEC1; may be the same file
     * @param password of an encrypted key
     */
    record PemFiles(Path certificate, Path key, @Nullable Secret password) implements CertificateSource {
        @Override
        public List<Path> files() {
            return List.of(certificate, key);
        }
    }

    /**
     * A PKCS#12 key store with one key.
     *
     * @param file the store
     * @param password of the store and of the key in it
     */
    record Pkcs12File(Path file, Secret password) implements CertificateSource {
        @Override
        public List<Path> files() {
            return List.of(file);
        }
    }
}
