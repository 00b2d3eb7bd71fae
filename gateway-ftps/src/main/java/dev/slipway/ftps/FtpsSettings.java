package dev.slipway.ftps;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How the FTP front-end listens and what it demands of clients.
 *
 * @param bindAddress the address of all listening sockets of control connections
 * @param explicitPort the port for clients that start without TLS and send AUTH TLS (RFC 4217); 0 for any free one,
 *     empty for none
 * @param implicitPort the port where TLS starts with the first byte; 0 for any free one, empty for none
 * @param passiveFirstPort the first port of the range for passive data connections; 0, in both ends, for any free port
 * @param passiveLastPort the last port of that range
 * @param externalAddress the name or IPv4 address that PASV tells clients, resolved anew each time; empty for the address
 *     at which the client reached us
 * @param plainAllowed whether clients may log in and transfer without TLS; such an upload ends with its connection, so
 *     each takes 250 ms longer in which to notice that the client has died (not where ALLO has announced the size)
 * @param dataProtectionRequired whether data connections of TLS sessions must use TLS too (PROT P)
 * @param closeNotifyRequired whether an upload over TLS counts as whole only if the client ended it with a close_notify
 *     alert (RFC 8446 section 6.1); without, a connection that somebody cut looks like the end of the file
 * @param activeAllowed whether the server connects to clients (PORT, EPRT), and only ever to their own address
 * @param idleTimeout how long a session may do nothing, and a transfer may stand still because of the client; at least
 *     1 s
 * @param dataConnectionTimeout how long to wait for the client's data connection; at least 100 ms
 * @param maxSessions the most control connections at once, over all listeners; at least 1
 */
public record FtpsSettings(
        InetAddress bindAddress,
        OptionalInt explicitPort,
        OptionalInt implicitPort,
        int passiveFirstPort,
        int passiveLastPort,
        Optional<String> externalAddress,
        boolean plainAllowed,
        boolean dataProtectionRequired,
        boolean closeNotifyRequired,
        boolean activeAllowed,
        Duration idleTimeout,
        Duration dataConnectionTimeout,
        int maxSessions) {

    public FtpsSettings {
        List<String> problems = new ArrayList<>();
        checkPort(problems, "explicit port", explicitPort);
        checkPort(problems, "implicit port", implicitPort);
        if (explicitPort.isEmpty() && implicitPort.isEmpty()) {
            problems.add("an explicit port, an implicit port or both are needed");
        }
        if (explicitPort.isPresent() && explicitPort.equals(implicitPort) && explicitPort.getAsInt() != 0) {
            problems.add("explicit and implicit port must differ, but both are " + explicitPort.getAsInt());
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
        if (idleTimeout.compareTo(Duration.ofSeconds(1)) < 0 || idleTimeout.compareTo(Duration.ofDays(1)) > 0) {
            problems.add("the idle timeout must be between 1 second and 1 day, but is " + idleTimeout);
        }
        if (dataConnectionTimeout.compareTo(Duration.ofMillis(100)) < 0
                || dataConnectionTimeout.compareTo(Duration.ofHours(1)) > 0) {
            problems.add(
                    "the data connection timeout must be between 100 ms and 1 hour, but is " + dataConnectionTimeout);
        }
        if (maxSessions < 1) {
            problems.add("at least 1 session must be allowed, but the limit is " + maxSessions);
        }
        if (!problems.isEmpty()) {
            throw new IllegalArgumentException("FTP settings: " + String.join("; ", problems));
        }
    }

    /** Explicit TLS on port 21 of all addresses, no implicit port, any passive port, everything strict. */
    public static FtpsSettings defaults() {
        return new FtpsSettings(
                new InetSocketAddress(0).getAddress(),
                OptionalInt.of(21),
                OptionalInt.empty(),
                0,
                0,
                Optional.empty(),
                false,
                true,
                true,
                false,
                Duration.ofMinutes(5),
                Duration.ofSeconds(30),
                1000);
    }

    private static void checkPort(List<String> problems, String name, OptionalInt port) {
        if (port.isPresent() && (port.getAsInt() < 0 || port.getAsInt() > 65535)) {
            problems.add("the " + name + " must be 1-65535, or 0 for any free port, but is " + port.getAsInt());
        }
    }

    /** These settings with another address to listen at. */
    public FtpsSettings withBindAddress(InetAddress bindAddress) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with this explicit port; 0 for any free one. */
    public FtpsSettings withExplicitPort(int port) {
        return new FtpsSettings(
                bindAddress,
                OptionalInt.of(port),
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings without an explicit port. */
    public FtpsSettings withoutExplicitPort() {
        return new FtpsSettings(
                bindAddress,
                OptionalInt.empty(),
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with this implicit port; 0 for any free one. */
    public FtpsSettings withImplicitPort(int port) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                OptionalInt.of(port),
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings without an implicit port. */
    public FtpsSettings withoutImplicitPort() {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                OptionalInt.empty(),
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with another range of passive ports; 0 and 0 for any free port. */
    public FtpsSettings withPassivePorts(int first, int last) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                first,
                last,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with this name or IPv4 address in the replies to PASV. */
    public FtpsSettings withExternalAddress(String address) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                Optional.of(address),
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings, with or without leave to log in without TLS. */
    public FtpsSettings withPlainAllowed(boolean plainAllowed) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings, with or without the demand for PROT P. */
    public FtpsSettings withDataProtectionRequired(boolean dataProtectionRequired) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings, with or without the demand for close_notify at the end of an upload. */
    public FtpsSettings withCloseNotifyRequired(boolean closeNotifyRequired) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings, with or without leave to use PORT and EPRT. */
    public FtpsSettings withActiveAllowed(boolean activeAllowed) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with another idle timeout. */
    public FtpsSettings withIdleTimeout(Duration idleTimeout) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with another time to wait for data connections. */
    public FtpsSettings withDataConnectionTimeout(Duration dataConnectionTimeout) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }

    /** These settings with another limit of sessions. */
    public FtpsSettings withMaxSessions(int maxSessions) {
        return new FtpsSettings(
                bindAddress,
                explicitPort,
                implicitPort,
                passiveFirstPort,
                passiveLastPort,
                externalAddress,
                plainAllowed,
                dataProtectionRequired,
                closeNotifyRequired,
                activeAllowed,
                idleTimeout,
                dataConnectionTimeout,
                maxSessions);
    }
}
