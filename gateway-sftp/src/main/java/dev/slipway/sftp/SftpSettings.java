package dev.slipway.sftp;

import java.time.Duration;

/**
 * What can be set about the SSH listener.
 *
 * @param bindAddress the address or name of the interface to listen on
 * @param port 0 to 65535; 0 takes a free one, which {@link SftpServer#port()} tells
 * @param idleTimeout how long a session may stay without a packet in either direction while nothing is being worked on
 *     for it; at least 1 s. Also what ends a download that the client no longer reads.
 * @param authenticationTimeout how long a connection may take to log in; at least 1 s
 * @param maxAuthenticationTries after how many requests to log in the connection is closed, 1 to 100; the use of a
 *     public key takes two
 * @param maxUnauthenticatedConnections how many connections may be in the middle of logging in, at least 1; further ones
 *     are closed at once
 * @param maxSessions how many connections there may be in all, at least 1; further ones are closed at once
 * @param maxChannels channels of a session that are open at once, 1 to 1000
 * @param maxOpenHandles files and directories that a session has open at once, 1 to 100000
 * @param receiveWindow bytes that a client may send on a channel ahead of their being worked on, 64 KiB to 64 MiB; this
 *     much memory is what a channel can make us hold
 * @param receivePacket bytes of data in the largest SSH packet that clients may send, 32 KiB to 255 KiB
 */
public record SftpSettings(
        String bindAddress,
        int port,
        Duration idleTimeout,
        Duration authenticationTimeout,
        int maxAuthenticationTries,
        int maxUnauthenticatedConnections,
        int maxSessions,
        int maxChannels,
        int maxOpenHandles,
        int receiveWindow,
        int receivePacket) {
    private static final int KIB = 1024;

    public SftpSettings {
        if (bindAddress.isBlank()) {
            throw new IllegalArgumentException("the SFTP bind address must not be blank; 0.0.0.0 is every interface");
        }
        requireRange("port", port, 0, 65_535);
        requireAtLeastOneSecond("idle timeout", idleTimeout);
        requireAtLeastOneSecond("authentication timeout", authenticationTimeout);
        requireRange("number of authentication tries", maxAuthenticationTries, 1, 100);
        requireRange("number of unauthenticated connections", maxUnauthenticatedConnections, 1, Integer.MAX_VALUE);
        requireRange("number of sessions", maxSessions, 1, Integer.MAX_VALUE);
        requireRange("number of channels", maxChannels, 1, 1000);
        requireRange("number of open handles", maxOpenHandles, 1, 100_000);
        requireRange("receive window", receiveWindow, 64 * KIB, 64 * KIB * KIB);
        requireRange("receive packet", receivePacket, 32 * KIB, 255 * KIB);
        if (receivePacket > receiveWindow) {
            throw new IllegalArgumentException(
                    "the SFTP receive packet must not be larger than the receive window, but " + receivePacket
                            + " is more than " + receiveWindow);
        }
    }

    private static void requireRange(String name, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "the SFTP " + name + " must be between " + least + " and " + most + ", but is " + value);
        }
    }

    private static void requireAtLeastOneSecond(String name, Duration value) {
        if (value.compareTo(Duration.ofSeconds(1)) < 0) {
            throw new IllegalArgumentException("the SFTP " + name + " must be at least 1 second, but is " + value);
        }
    }

    /** Port 2022 on every interface, with limits that suit a small server. */
    public static SftpSettings defaults() {
        return new SftpSettings(
                "0.0.0.0",
                2022,
                Duration.ofMinutes(10),
                Duration.ofMinutes(1),
                10,
                100,
                1000,
                10,
                256,
                2 * KIB * KIB,
                32 * KIB);
    }

    public SftpSettings withBindAddress(String value) {
        return new SftpSettings(
                value,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withPort(int value) {
        return new SftpSettings(
                bindAddress,
                value,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withIdleTimeout(Duration value) {
        return new SftpSettings(
                bindAddress,
                port,
                value,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withAuthenticationTimeout(Duration value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                value,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withMaxAuthenticationTries(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                value,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withMaxUnauthenticatedConnections(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                value,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withMaxSessions(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                value,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withMaxChannels(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                value,
                maxOpenHandles,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withMaxOpenHandles(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                value,
                receiveWindow,
                receivePacket);
    }

    public SftpSettings withReceiveWindow(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                value,
                receivePacket);
    }

    public SftpSettings withReceivePacket(int value) {
        return new SftpSettings(
                bindAddress,
                port,
                idleTimeout,
                authenticationTimeout,
                maxAuthenticationTries,
                maxUnauthenticatedConnections,
                maxSessions,
                maxChannels,
                maxOpenHandles,
                receiveWindow,
                value);
    }
}
