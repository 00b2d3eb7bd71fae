package dev.slipway.ftps;

import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ListenPort;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The FTP and FTPS listeners: the section {@code ftps} of the configuration. The certificate settings are for whoever
 * provides the server's {@link TlsIdentity}; the server itself does not read them.
 */
public record FtpsSettings(
        @Setting(value = "Address or host name to listen on.", byDefault = "0.0.0.0")
        String bind,

        @Setting(
                value = "Control port of explicit FTPS (`AUTH TLS`), or `off`. 0 picks a free port.",
                byDefault = "8021")
        ListenPort explicitPort,

        @Setting(
                value = "Control port of implicit FTPS, usually 990, or `off`. 0 picks a free port.",
                byDefault = "off")
        ListenPort implicitPort,

        @Setting(
                value = "Whether to accept implicit TLS on `ftps.explicitPort` too. A client that starts TLS"
                        + " within `ftps.implicitTlsWindow` after connecting uses implicit TLS; any other"
                        + " client gets the greeting and uses explicit TLS.",
                byDefault = "false")
        boolean detectImplicitTls,

        @Setting(
                value = "With `ftps.detectImplicitTls`: how long a client has to start TLS, from 10ms to 10s."
                        + " Clients that use explicit TLS wait this long for the greeting.",
                byDefault = "500ms",
                shortest = "10ms")
        Duration implicitTlsWindow,

        @Setting(
                value = "Ports for passive data connections, used in random order. Each transfer or listing in"
                        + " progress needs one. 0 picks free ports. Without a configuration file, the"
                        + " default is `8022-8042`.",
                byDefault = "20000-20499")
        PortRange passivePorts,

        @Setting("Address or host name at which clients reach the passive ports, if it differs from the address"
                + " they connected to: behind NAT, in a container, behind a load balancer.")
        @Nullable
        String externalAddress,

        @Setting("PEM file with the server certificate, followed by its intermediate certificates. Without it, and"
                + " without `ftps.keyStore`, a development certificate is created in `state.directory`.")
        @Nullable
        Path certificate,

        @Setting("PEM file with the private key of `ftps.certificate`: PKCS#8, PKCS#1 or SEC1.") @Nullable
        Path key,

        @Setting("Password of `ftps.key`, if it is encrypted.") @Nullable
        Secret keyPassword,

        @Setting("PKCS#12 file with certificate and key, instead of `ftps.certificate` and `ftps.key`.") @Nullable
        Path keyStore,

        @Setting("Password of `ftps.keyStore`.") @Nullable Secret keyStorePassword,

        @Setting(
                value = "Host names and addresses in the development certificate that is created if none is"
                        + " configured.",
                byDefault = "localhost, 127.0.0.1, ::1")
        List<String> hostNames,

        @Setting(
                value = "Whether clients may log in without TLS. Passwords and files then cross the network"
                        + " unencrypted.",
                byDefault = "false")
        boolean plain,

        @Setting(value = "Whether data connections must be encrypted (`PROT P`).", byDefault = "true")
        boolean requireDataProtection,

        @Setting(
                value = "Whether an upload is complete only if TLS was closed properly (close_notify). Without it,"
                        + " a broken connection cannot be told from the end of the file. Turn it off only"
                        + " for clients that never send close_notify.",
                byDefault = "true")
        boolean requireCloseNotify,

        @Setting(value = "Oldest TLS version to accept: `1.2` or `1.3`.", byDefault = "1.2")
        TlsVersion minimumTls,

        @Setting(
                value = "TLS implementation. `native`: BoringSSL, which needs a third of the CPU time per"
                        + " handshake. Java's is used instead if the library does not load (it exists for"
                        + " Linux with glibc, macOS and Windows), for keys that are neither RSA nor EC,"
                        + " with `ftps.clientCertificates`, and if Java has disabled a TLS 1.3 cipher"
                        + " suite. `jdk`: always Java's.",
                byDefault = "native")
        TlsProvider tlsProvider,

        @Setting(
                value = "Whether data connections must resume the TLS session of their control connection, which"
                        + " proves that they come from the same client. `adaptive`: a client that has"
                        + " resumed its session once must continue to do so (otherwise FTP 522)."
                        + " `require`: always; some clients cannot. `off`: each data connection starts"
                        + " its own session.",
                byDefault = "adaptive")
        SessionReuse sessionReuse,

        @Setting(
                value = "Whether clients present a TLS certificate in addition to the password: `off`, `optional`"
                        + " or `required`. The certificate must be signed by a CA in `ftps.clientCaFile`,"
                        + " and data connections must present the same one.",
                byDefault = "off")
        ClientCertificates clientCertificates,

        @Setting("PEM file with the CAs that sign client certificates.") @Nullable
        Path clientCaFile,

        @Setting(
                value = "Whether to allow active mode (`PORT`, `EPRT`), only to the client's own address.",
                byDefault = "false")
        boolean active,

        @Setting(
                value = "Whether `TYPE A` converts line ends: CRLF on the network, LF in the store. If `false`,"
                        + " files are transferred unchanged in `TYPE A` too.",
                byDefault = "true")
        boolean convertAscii,

        @Setting(
                value = "How long a session may be idle, and a transfer may stall because of the client, before"
                        + " the session is closed.",
                byDefault = "5m",
                shortest = "1s")
        Duration idleTimeout,

        @Setting(
                value = "How long a data connection may take to be established.",
                byDefault = "30s",
                shortest = "100ms")
        Duration dataConnectionTimeout,

        @Setting(value = "How long a client may take to log in, including TLS.", byDefault = "30s", shortest = "1s")
        Duration authenticationTimeout,

        @Setting(
                value = "Maximum number of sessions that are logged in. Further logins are refused.",
                byDefault = "1000",
                least = 1)
        int maxSessions,

        @Setting(
                value = "Maximum number of control connections that have not logged in. Further ones are refused."
                        + " They do not count towards `ftps.maxSessions`.",
                byDefault = "500",
                least = 1)
        int maxUnauthenticatedConnections,

        @Setting(
                value = "Maximum number of connections from one address (IPv6: one /64 network) that have not"
                        + " logged in. Further ones are refused. Raise it if many clients behind one"
                        + " address connect at the same moment.",
                byDefault = "64",
                least = 1)
        int maxUnauthenticatedPerAddress,

        @Setting(
                value = "Number of connections that have not logged in from which new ones are refused at random,"
                        + " so that nobody can keep others out by holding connections open.",
                byDefault = "300",
                least = 1)
        int randomDropFrom,

        @Setting(
                value = "Probability of such a refusal, in percent. It rises linearly to 100 at"
                        + " `ftps.maxUnauthenticatedConnections`.",
                byDefault = "30",
                least = 1,
                most = 100)
        int randomDropPercent)
        implements CheckedSettings {
    private static final Duration LONGEST_TLS_WINDOW = Duration.ofSeconds(10);
    private static final Duration LONGEST_IDLE_TIMEOUT = Duration.ofDays(1);
    private static final Duration LONGEST_CONNECTING = Duration.ofHours(1);

    public FtpsSettings {
        hostNames = List.copyOf(hostNames);
    }

    /** Starts from the defaults, which are strict. */
    public static SettingsBuilder<FtpsSettings> builder() {
        return new SettingsBuilder<>(FtpsSettings.class);
    }

    /** Whether there is a listener. */
    public boolean isOn() {
        return explicitPort.isOn() || implicitPort.isOn();
    }

    /** The limits on control connections, over all listeners. */
    public ConnectionLimits connections() {
        return new ConnectionLimits(
                maxSessions,
                maxUnauthenticatedConnections,
                randomDropFrom,
                randomDropPercent,
                maxUnauthenticatedPerAddress);
    }

    @Override
    public void check(Problems problems) {
        checkPorts(problems);
        checkLongest(problems, "implicitTlsWindow", implicitTlsWindow, LONGEST_TLS_WINDOW, "10s");
        checkLongest(problems, "idleTimeout", idleTimeout, LONGEST_IDLE_TIMEOUT, "1d");
        checkLongest(problems, "dataConnectionTimeout", dataConnectionTimeout, LONGEST_CONNECTING, "1h");
        checkLongest(problems, "authenticationTimeout", authenticationTimeout, LONGEST_CONNECTING, "1h");
        checkCertificate(problems);
        checkClientCertificates(problems);
    }

    private void checkPorts(Problems problems) {
        if (explicitPort.number() > 0 && explicitPort.equals(implicitPort)) {
            problems.add("implicitPort", implicitPort, "must differ from ftps.explicitPort");
        }
        if (passivePorts.contains(explicitPort.number())) {
            problems.add("passivePorts", passivePorts, "must not contain ftps.explicitPort, " + explicitPort);
        }
        if (passivePorts.contains(implicitPort.number())) {
            problems.add("passivePorts", passivePorts, "must not contain ftps.implicitPort, " + implicitPort);
        }
    }

    private static void checkLongest(Problems problems, String name, Duration value, Duration longest, String asText) {
        if (value.compareTo(longest) > 0) {
            problems.add(name, value, "must be at most " + asText);
        }
    }

    private void checkCertificate(Problems problems) {
        if (certificate != null && key == null) {
            problems.add("key", null, "is required with ftps.certificate");
        }
        if (certificate == null && key != null) {
            problems.add("certificate", null, "is required with ftps.key");
        }
        if (keyPassword != null && key == null) {
            problems.add("keyPassword", null, "requires ftps.key");
        }
        if (keyStore != null && certificate != null) {
            problems.add("keyStore", keyStore, "cannot be used together with ftps.certificate");
        }
        if (keyStore != null && keyStorePassword == null) {
            problems.add("keyStorePassword", null, "is required with ftps.keyStore");
        }
        if (keyStore == null && keyStorePassword != null) {
            problems.add("keyStore", null, "is required with ftps.keyStorePassword");
        }
        if (hostNames.isEmpty()) {
            problems.add("hostNames", null, "must name at least one host");
        }
    }

    private void checkClientCertificates(Problems problems) {
        boolean asked = clientCertificates != ClientCertificates.OFF;
        if (asked && clientCaFile == null) {
            problems.add("clientCaFile", null, "is required with ftps.clientCertificates");
        }
        if (!asked && clientCaFile != null) {
            problems.add("clientCaFile", clientCaFile, "requires ftps.clientCertificates");
        }
        if (clientCertificates == ClientCertificates.REQUIRED && plain) {
            problems.add("plain", true, "must be false if client certificates are required");
        }
    }
}
