package dev.slipway.app;

import dev.slipway.admin.http.HostCheck;
import dev.slipway.admin.http.HttpLimits;
import dev.slipway.app.PortsTakenException.TakenPort;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.ListenPort;
import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.TrustedCertificates;
import dev.slipway.core.account.LoginLimits;
import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.sftp.SftpSettings;
import java.io.IOException;
import java.net.InetAddress;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Converts the settings of the listeners. */
final class ListenerSettings {
    private ListenerSettings() {}

    static HttpLimits httpLimits(GatewaySettings.Admin admin) {
        return new HttpLimits(
                admin.maxConnections(),
                admin.tlsProxy() ? admin.maxConnections() : admin.maxConnectionsPerAddress(),
                admin.requestTimeout(),
                admin.idleTimeout(),
                admin.answerTimeout());
    }

    static HostCheck hosts(GatewaySettings.Admin admin) {
        return admin.tls() && admin.hosts().isEmpty()
                ? HostCheck.any()
                : HostCheck.names(Stream.concat(admin.hosts().stream(), Stream.of(admin.bind()))
                        .toList());
    }

    /** All unavailable ports are reported together, before anything is started. */
    static void checkPorts(GatewaySettings settings, InetAddress ftps, InetAddress sftp, InetAddress admin)
            throws PortsTakenException {
        Map<String, TakenPort> taken = new LinkedHashMap<>();
        checkPort("ftps.explicitPort", settings.ftps().explicitPort(), ftps, taken);
        checkPort("ftps.implicitPort", settings.ftps().implicitPort(), ftps, taken);
        checkPort("sftp.port", settings.sftp().port(), sftp, taken);
        checkPort("admin.port", settings.admin().port(), admin, taken);
        if (!taken.isEmpty()) {
            throw new PortsTakenException(taken);
        }
    }

    private static void checkPort(String key, ListenPort port, InetAddress address, Map<String, TakenPort> taken) {
        Ports.problem(address, port.number()).ifPresent(reason -> taken.put(key, new TakenPort(port.number(), reason)));
    }

    /** The trusted SSH certificate authorities and revocations. Reads files. */
    static TrustedCertificates trust(GatewaySettings.Sftp sftp) throws IOException {
        return TrustedCertificates.follow(sftp.trustedUserCaKeys(), sftp.trustedUserCaFile(), sftp.revokedKeys());
    }

    /** The certificate in the settings, or null if a development certificate is needed. */
    static @Nullable CertificateSource certificate(GatewaySettings.Ftps ftps) {
        if (ftps.keyStore() != null && ftps.keyStorePassword() != null) {
            return new CertificateSource.Pkcs12File(ftps.keyStore(), ftps.keyStorePassword());
        }
        if (ftps.certificate() != null && ftps.key() != null) {
            return new CertificateSource.PemFiles(ftps.certificate(), ftps.key(), ftps.keyPassword());
        }
        return null;
    }

    static FtpsSettings ftpsSettings(GatewaySettings settings, InetAddress address) {
        GatewaySettings.Ftps ftps = settings.ftps();
        return FtpsSettings.builder()
                .bindAddress(address)
                .explicitPort(toOptional(ftps.explicitPort()))
                .implicitPort(toOptional(ftps.implicitPort()))
                .implicitTlsWindow(ftps.detectImplicitTls() ? Optional.of(ftps.implicitTlsWindow()) : Optional.empty())
                .passivePorts(ftps.passivePorts().first(), ftps.passivePorts().last())
                .externalAddress(Optional.ofNullable(ftps.externalAddress()))
                .plainAllowed(ftps.plain())
                .dataProtectionRequired(ftps.requireDataProtection())
                .closeNotifyRequired(ftps.requireCloseNotify())
                .oldestTls(ftps.minimumTls())
                .tlsProvider(ftps.tlsProvider())
                .sessionReuse(ftps.sessionReuse())
                .clientCertificates(ftps.clientCertificates())
                .activeAllowed(ftps.active())
                .asciiConverted(ftps.convertAscii())
                .idleTimeout(ftps.idleTimeout())
                .dataConnectionTimeout(ftps.dataConnectionTimeout())
                .authenticationTimeout(ftps.authenticationTimeout())
                .connections(new ConnectionLimits(
                        ftps.maxSessions(),
                        ftps.maxUnauthenticatedConnections(),
                        ftps.randomDropFrom(),
                        ftps.randomDropPercent(),
                        ftps.maxUnauthenticatedPerAddress()))
                .proxyProtocol(new ProxyProtocol(settings.proxyProtocol().trusted()))
                .build();
    }

    private static OptionalInt toOptional(ListenPort port) {
        return port.isOn() ? OptionalInt.of(port.number()) : OptionalInt.empty();
    }

    static SftpSettings sftpSettings(GatewaySettings settings, MemoryBudgets budgets) {
        GatewaySettings.Sftp sftp = settings.sftp();
        return SftpSettings.builder()
                .bindAddress(sftp.bind())
                .port(sftp.port().number())
                .idleTimeout(sftp.idleTimeout())
                .authenticationTimeout(sftp.authenticationTimeout())
                .maxAuthenticationTries(sftp.maxAuthenticationTries())
                .connections(sshConnections(sftp, budgets))
                .maxChannels(sftp.maxChannels())
                .maxOpenHandles(sftp.maxOpenHandles())
                .maxTotalOpenHandles(sftp.maxTotalOpenHandles())
                .windowMemory(budgets.windows())
                .legacyAlgorithms(sftp.legacyAlgorithms())
                .extraKeyExchanges(sftp.extraKeyExchanges())
                .maxKeyExchanges(sftp.maxKeyExchanges())
                .maxKeyExchangesPerAddress(sftp.maxKeyExchangesPerAddress())
                .rekeyInterval(sftp.rekeyInterval())
                .proxyProtocol(new ProxyProtocol(settings.proxyProtocol().trusted()))
                .build();
    }

    /** If the limit on unauthenticated connections follows from the heap, random refusals start proportionally earlier. */
    private static ConnectionLimits sshConnections(GatewaySettings.Sftp sftp, MemoryBudgets budgets) {
        int unauthenticated = budgets.sshUnauthenticated();
        int dropFrom = sftp.maxUnauthenticatedConnections() != null
                ? sftp.randomDropFrom()
                : Math.max(1, sftp.randomDropFrom() * unauthenticated / ConnectionLimits.DEFAULTS.maxUnauthenticated());
        return new ConnectionLimits(
                sftp.maxSessions(),
                unauthenticated,
                dropFrom,
                sftp.randomDropPercent(),
                sftp.maxUnauthenticatedPerAddress());
    }

    static LoginLimits loginLimits(GatewaySettings.Logins logins) {
        return new LoginLimits(
                logins.failuresPerAddress(),
                logins.failuresPerAccount(),
                logins.forgetAfter(),
                logins.firstRefusal(),
                logins.longestRefusal(),
                logins.trustedFor(),
                logins.verifiedFor(),
                logins.maxChecks(),
                LoginLimits.DEFAULTS.remembered());
    }
}
