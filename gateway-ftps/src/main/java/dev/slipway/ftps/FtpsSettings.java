package dev.slipway.ftps;

import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Settings of the FTP listeners.
 *
 * @param bindAddress the address of all listening sockets of control connections
 * @param explicitPort the port for clients that start without TLS and send AUTH TLS (RFC 4217); 0 for any free one,
 *     empty for none
 * @param implicitPort the port where TLS starts with the first byte; 0 for any free one, empty for none
 * @param implicitTlsWindow how long a client at the explicit port may take to start TLS with its first byte, before it
 *     gets the greeting unencrypted; 10 ms to 10 s; empty if TLS is never implicit there
 * @param passiveFirstPort the first port of the range for passive data connections; 0, in both ends, for any free port
 * @param passiveLastPort the last port of that range
 * @param externalAddress the name or IPv4 address that PASV tells clients, resolved anew each time; empty for the
 *     address at which the client reached us
 * @param plainAllowed whether clients may log in and transfer without TLS; such an upload ends with its connection, so
 *     each waits 250 ms to find out whether the client has died (not if ALLO has announced the size)
 * @param dataProtectionRequired whether data connections of TLS sessions must use TLS too (PROT P)
 * @param closeNotifyRequired whether an upload over TLS is complete only if the client ended it with a close_notify
 *     alert (RFC 8446 section 6.1); otherwise a broken connection looks like the end of the file
 * @param oldestTls the oldest accepted version of TLS
 * @param tlsProvider the TLS implementation
 * @param sessionReuse whether data connections may, or must, resume the TLS session of their control connection
 * @param clientCertificates whether clients present certificates; if so, a data connection must present the one of its
 *     control connection
 * @param activeAllowed whether active mode (PORT, EPRT) is allowed, to the client's own address only
 * @param asciiConverted whether TYPE A converts line ends (RFC 959); otherwise files are transferred unchanged
 * @param idleTimeout how long a session may be idle, and a transfer may stall because of the client; at least 1 s
 * @param dataConnectionTimeout how long to wait for the client's data connection; at least 100 ms
 * @param authenticationTimeout how long a connection may take to log in, TLS included; at least 1 s
 * @param connections limits on control connections, over all listeners
 * @param proxyProtocol networks whose control and passive data connections begin with a header that carries the
 *     client's address
 */
public record FtpsSettings(
        InetAddress bindAddress,
        OptionalInt explicitPort,
        OptionalInt implicitPort,
        Optional<Duration> implicitTlsWindow,
        int passiveFirstPort,
        int passiveLastPort,
        Optional<String> externalAddress,
        boolean plainAllowed,
        boolean dataProtectionRequired,
        boolean closeNotifyRequired,
        TlsVersion oldestTls,
        TlsProvider tlsProvider,
        SessionReuse sessionReuse,
        ClientCertificates clientCertificates,
        boolean activeAllowed,
        boolean asciiConverted,
        Duration idleTimeout,
        Duration dataConnectionTimeout,
        Duration authenticationTimeout,
        ConnectionLimits connections,
        ProxyProtocol proxyProtocol) {

    public FtpsSettings {
        List<String> problems = new ArrayList<>();
        checkPort(problems, "explicit port", explicitPort);
        checkPort(problems, "implicit port", implicitPort);
        if (explicitPort.isEmpty() && implicitPort.isEmpty()) {
            problems.add("an explicit port, an implicit port or both are needed");
        }
        if (explicitPort.isPresent() && explicitPort.equals(implicitPort) && explicitPort.getAsInt() != 0) {
            problems.add("the explicit and implicit ports must differ, but both are " + explicitPort.getAsInt());
        }
        if (implicitTlsWindow.isPresent()
                && (implicitTlsWindow.get().compareTo(Duration.ofMillis(10)) < 0
                        || implicitTlsWindow.get().compareTo(Duration.ofSeconds(10)) > 0)) {
            problems.add("the window for implicit TLS must be between 10 ms and 10 seconds, but is "
                    + implicitTlsWindow.get());
        }
        boolean anyPassivePort = passiveFirstPort == 0 && passiveLastPort == 0;
        if (!anyPassivePort
                && (passiveFirstPort < 1 || passiveLastPort > 65535 || passiveFirstPort > passiveLastPort)) {
            problems.add("the passive ports must be a range within 1-65535, or 0-0 for any free port, but are "
                    + passiveFirstPort + "-" + passiveLastPort);
        }
        if (externalAddress.isPresent() && externalAddress.get().isBlank()) {
            problems.add("the external address must be a name or an IPv4 address, but is blank");
        }
        if (plainAllowed && clientCertificates == ClientCertificates.REQUIRED) {
            problems.add("plain FTP has no client certificates, so it cannot be allowed if they are required");
        }
        if (idleTimeout.compareTo(Duration.ofSeconds(1)) < 0 || idleTimeout.compareTo(Duration.ofDays(1)) > 0) {
            problems.add("the idle timeout must be between 1 second and 1 day, but is " + idleTimeout);
        }
        if (dataConnectionTimeout.compareTo(Duration.ofMillis(100)) < 0
                || dataConnectionTimeout.compareTo(Duration.ofHours(1)) > 0) {
            problems.add(
                    "the data connection timeout must be between 100 ms and 1 hour, but is " + dataConnectionTimeout);
        }
        if (authenticationTimeout.compareTo(Duration.ofSeconds(1)) < 0
                || authenticationTimeout.compareTo(Duration.ofHours(1)) > 0) {
            problems.add(
                    "the authentication timeout must be between 1 second and 1 hour, but is " + authenticationTimeout);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("FTP settings: " + String.join("; ", problems));
        }
    }

    /** Explicit TLS on port 21 of all addresses, no implicit port, any passive port, everything strict. */
    public static FtpsSettings defaults() {
        return builder().build();
    }

    /** Starts from the {@link #defaults()}. */
    public static Builder builder() {
        return new Builder();
    }

    private static void checkPort(List<String> problems, String name, OptionalInt port) {
        if (port.isPresent() && (port.getAsInt() < 0 || port.getAsInt() > 65535)) {
            problems.add("the " + name + " must be 1-65535, or 0 for any free port, but is " + port.getAsInt());
        }
    }

    /** Collects settings; {@link FtpsSettings} explains the parameters. Not safe for use by several threads. */
    public static final class Builder {
        private InetAddress bindAddress = new InetSocketAddress(0).getAddress();
        private OptionalInt explicitPort = OptionalInt.of(21);
        private OptionalInt implicitPort = OptionalInt.empty();
        private Optional<Duration> implicitTlsWindow = Optional.empty();
        private int passiveFirstPort;
        private int passiveLastPort;
        private Optional<String> externalAddress = Optional.empty();
        private boolean plainAllowed;
        private boolean dataProtectionRequired = true;
        private boolean closeNotifyRequired = true;
        private TlsVersion oldestTls = TlsVersion.TLS_1_2;
        private TlsProvider tlsProvider = TlsProvider.NATIVE;
        private SessionReuse sessionReuse = SessionReuse.ADAPTIVE;
        private ClientCertificates clientCertificates = ClientCertificates.OFF;
        private boolean activeAllowed;
        private boolean asciiConverted = true;
        private Duration idleTimeout = Duration.ofMinutes(5);
        private Duration dataConnectionTimeout = Duration.ofSeconds(30);
        private Duration authenticationTimeout = Duration.ofSeconds(30);
        private ConnectionLimits connections = ConnectionLimits.DEFAULTS;
        private ProxyProtocol proxyProtocol = ProxyProtocol.OFF;

        private Builder() {}

        /** Where control connections are listened for. */
        public Builder bindAddress(InetAddress address) {
            bindAddress = address;
            return this;
        }

        /** The port of explicit TLS. */
        public Builder explicitPort(OptionalInt port) {
            explicitPort = port;
            return this;
        }

        /** The port of implicit TLS. */
        public Builder implicitPort(OptionalInt port) {
            implicitPort = port;
            return this;
        }

        /** How long a client at the explicit port may take to start TLS with its first byte. */
        public Builder implicitTlsWindow(Optional<Duration> window) {
            implicitTlsWindow = window;
            return this;
        }

        /** The range of passive ports, both ends included; 0 and 0 for any free port. */
        public Builder passivePorts(int first, int last) {
            passiveFirstPort = first;
            passiveLastPort = last;
            return this;
        }

        /** The name or IPv4 address in the replies to PASV. */
        public Builder externalAddress(Optional<String> address) {
            externalAddress = address;
            return this;
        }

        /** Whether TLS may be left out. */
        public Builder plainAllowed(boolean allowed) {
            plainAllowed = allowed;
            return this;
        }

        /** Whether sessions with TLS need PROT P. */
        public Builder dataProtectionRequired(boolean required) {
            dataProtectionRequired = required;
            return this;
        }

        /** Whether an upload over TLS must end with close_notify. */
        public Builder closeNotifyRequired(boolean required) {
            closeNotifyRequired = required;
            return this;
        }

        /** The oldest version of TLS. */
        public Builder oldestTls(TlsVersion version) {
            oldestTls = version;
            return this;
        }

        /** Whose TLS is spoken. */
        public Builder tlsProvider(TlsProvider provider) {
            tlsProvider = provider;
            return this;
        }

        /** Whether data connections must resume TLS sessions. */
        public Builder sessionReuse(SessionReuse reuse) {
            sessionReuse = reuse;
            return this;
        }

        /** Whether clients present certificates. */
        public Builder clientCertificates(ClientCertificates certificates) {
            clientCertificates = certificates;
            return this;
        }

        /** Whether PORT and EPRT work. */
        public Builder activeAllowed(boolean allowed) {
            activeAllowed = allowed;
            return this;
        }

        /** Whether TYPE A converts line ends. */
        public Builder asciiConverted(boolean converted) {
            asciiConverted = converted;
            return this;
        }

        /** The idle timeout. */
        public Builder idleTimeout(Duration timeout) {
            idleTimeout = timeout;
            return this;
        }

        /** How long a data connection may take to be established. */
        public Builder dataConnectionTimeout(Duration timeout) {
            dataConnectionTimeout = timeout;
            return this;
        }

        /** How long logging in may take. */
        public Builder authenticationTimeout(Duration timeout) {
            authenticationTimeout = timeout;
            return this;
        }

        /** Limits on control connections. */
        public Builder connections(ConnectionLimits limits) {
            connections = limits;
            return this;
        }

        /** Networks whose connections begin with a PROXY protocol header. */
        public Builder proxyProtocol(ProxyProtocol proxies) {
            proxyProtocol = proxies;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException with a message that lists every problem
         */
        public FtpsSettings build() {
            return new FtpsSettings(
                    bindAddress,
                    explicitPort,
                    implicitPort,
                    implicitTlsWindow,
                    passiveFirstPort,
                    passiveLastPort,
                    externalAddress,
                    plainAllowed,
                    dataProtectionRequired,
                    closeNotifyRequired,
                    oldestTls,
                    tlsProvider,
                    sessionReuse,
                    clientCertificates,
                    activeAllowed,
                    asciiConverted,
                    idleTimeout,
                    dataConnectionTimeout,
                    authenticationTimeout,
                    connections,
                    proxyProtocol);
        }
    }
}
