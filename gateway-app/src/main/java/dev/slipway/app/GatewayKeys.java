package dev.slipway.app;

import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.ftps.FtpsSettings;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the gateway proves its identity with.
 *
 * @param certificateAuthority the file of the development CA; null if a certificate is configured
 */
record GatewayKeys(TlsIdentities tls, @Nullable Path certificateAuthority, HostKeys hostKeys) {
    private static final Logger log = LoggerFactory.getLogger(GatewayKeys.class);

    /**
     * Reads the files named in the settings; creates keys and certificates for which there are none.
     *
     * @throws IOException a file cannot be read, or cannot be created
     */
    static GatewayKeys open(GatewaySettings settings, Hooks hooks, StateDirectory state) throws IOException {
        HostKeys hostKeys = HostKeys.openOrCreate(
                Objects.requireNonNullElseGet(settings.sftp().hostKeys(), state::hostKeys));
        Path clientAuthorities = settings.ftps().clientCaFile();
        if (hooks.certificate() != null) {
            return new GatewayKeys(TlsIdentities.of(hooks.certificate(), clientAuthorities), null, hostKeys);
        }
        CertificateSource configured = certificate(settings.ftps());
        if (configured != null) {
            return new GatewayKeys(TlsIdentities.follow(configured, clientAuthorities), null, hostKeys);
        }
        DevelopmentCa ca = DevelopmentCa.openOrCreate(state.certificates());
        log.info(
                "No certificate is configured: a development certificate is in use. Clients verify it with {}",
                ca.certificateFile());
        TlsIdentities tls =
                TlsIdentities.follow(ca.server("server", settings.ftps().hostNames()), clientAuthorities);
        return new GatewayKeys(tls, ca.certificateFile(), hostKeys);
    }

    /** The certificate in the settings, or null if a development certificate is needed. */
    static @Nullable CertificateSource certificate(FtpsSettings ftps) {
        if (ftps.keyStore() != null && ftps.keyStorePassword() != null) {
            return new CertificateSource.Pkcs12File(ftps.keyStore(), ftps.keyStorePassword());
        }
        if (ftps.certificate() != null && ftps.key() != null) {
            return new CertificateSource.PemFiles(ftps.certificate(), ftps.key(), ftps.keyPassword());
        }
        return null;
    }
}
