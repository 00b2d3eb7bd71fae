package dev.slipway.app;

import dev.slipway.admin.AdminServer;
import dev.slipway.admin.api.ApiServices;
import dev.slipway.admin.api.ApiSettings;
import dev.slipway.admin.api.HttpApi;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.SitePush;
import dev.slipway.admin.http.HttpSettings;
import dev.slipway.admin.shell.CommandShell;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.keys.Fingerprints;
import dev.slipway.app.keys.HostKeys;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.app.keys.TlsIdentities;
import dev.slipway.app.keys.TrustedCertificates;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.ftps.FtpsServer;
import dev.slipway.sftp.SftpServer;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts the listeners of a gateway, each if the settings ask for it.
 *
 * @param resources receives what is started, to be closed
 */
record GatewayListeners(GatewaySettings settings, ListenAddresses addresses, Resources resources) {
    private static final Logger log = LoggerFactory.getLogger(GatewayListeners.class);

    /** Starts the FTP and FTPS listeners; null if they are off. */
    @Nullable
    FtpsServer ftps(
            AccountDirectory accounts,
            Sessions sessions,
            ObjectFileSystems fileSystems,
            TlsIdentities tls,
            CommandRunner commands)
            throws IOException {
        if (!settings.ftps().isOn()) {
            return null;
        }
        FtpsServer server = resources.add(new FtpsServer(
                settings.ftps(),
                settings.proxyProtocol(),
                accounts.over(Protocol.FTPS),
                sessions,
                fileSystems,
                tls,
                new SitePush(commands)));
        server.start();
        return server;
    }

    /** Starts the SSH listener; null if it is off. */
    @Nullable
    SftpServer sftp(
            StateDirectory state,
            AccountDirectory accounts,
            Sessions sessions,
            ObjectFileSystems fileSystems,
            HostKeys hostKeys,
            CommandRunner commands)
            throws IOException {
        if (!settings.sftp().port().isOn()) {
            return null;
        }
        SftpServer server = resources.add(new SftpServer(
                settings.sftp(),
                settings.proxyProtocol(),
                accounts.over(Protocol.SFTP),
                sessions,
                fileSystems,
                hostKeys,
                TrustedCertificates.follow(
                        settings.sftp().trustedUserCaKeys(),
                        settings.sftp().trustedUserCaFile(),
                        settings.sftp().revokedKeys()),
                new CommandShell(commands, state.histories())));
        server.start();
        return server;
    }

    /** Starts the HTTP listener. */
    AdminServer admin(
            PrometheusMeterRegistry scraped,
            ApiServices services,
            ReadinessProbe readiness,
            TlsIdentities tls,
            Events events,
            Clock clock)
            throws IOException {
        HttpSettings admin = settings.admin();
        HttpApi api = new HttpApi(
                services,
                ApiSettings.of(admin.tls(), admin.tlsProxy(), addresses.admin().isLoopbackAddress()),
                events,
                clock);
        return resources.add(AdminServer.start(
                new InetSocketAddress(addresses.admin(), admin.port().number()),
                admin,
                scraped,
                () -> readiness.problem().map(List::of).orElse(List.of()),
                api,
                admin.tls() ? tls.context() : null));
    }

    /** Tells operators what clients compare, and programs on this machine where the listeners are. */
    void publish(StateDirectory state, GatewayParts parts) throws IOException {
        Gateway gateway = new Gateway(parts);
        if (parts.ftps() != null) {
            log.info("Certificate fingerprint (SHA-256): {}", gateway.certificateFingerprint());
        }
        if (parts.sftp() != null) {
            gateway.hostKeys().forEach(key -> log.info("Host key {} {}", SshKeys.type(key), Fingerprints.of(key)));
        }
        var _ = resources.add(new ListenersFile(state.listeners())
                .with(settings.admin().tls() ? "https" : "http", addresses.admin(), gateway.adminPort())
                .with("ssh", addresses.sftp(), gateway.sftpPort())
                .with("ftp", addresses.ftps(), gateway.explicitPort())
                .with("ftps", addresses.ftps(), gateway.implicitPort())
                .write());
    }
}
