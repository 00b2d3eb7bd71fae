package dev.slipway.sftp;

import dev.slipway.core.net.ConnectionLimits;
import dev.slipway.core.net.ProxyProtocol;
import java.time.Duration;
import java.util.Set;

/**
 * Settings of the SSH listener.
 *
 * @param bindAddress the address or name of the interface to listen on
 * @param port 0 to 65535; 0 takes a free one, which {@link SftpServer#port()} tells
 * @param idleTimeout how long a session may go without a packet in either direction while it is idle; at least 1 s.
 *     Also ends a download that the client no longer reads.
 * @param authenticationTimeout how long a connection may take to log in; at least 1 s
 * @param maxAuthenticationTries after how many requests to log in the connection is closed, 1 to 100; the use of a
 *     public key takes two
 * @param connections limits on connections
 * @param maxChannels maximum number of open channels of a session, 1 to 1000
 * @param maxOpenHandles maximum number of open files and directories of a session, 1 to 100000
 * @param maxTotalOpenHandles maximum number of open files and directories of all sessions, at least 1
 * @param windowMemory bytes that the clients of all channels together may send ahead, 1 MiB to 64 GiB, taken from the
 *     heap as they arrive. A channel starts with 256 KiB and takes up to 16 MiB if its client is far away; when half is
 *     in use, new channels get 64 KiB, and when all is in use, they are refused.
 * @param legacyAlgorithms whether algorithms that are no longer secure are offered last: ssh-rsa,
 *     diffie-hellman-group14-sha1, AES in CBC mode and hmac-sha1. Only accounts with {@link
 *     dev.slipway.core.account.AccountOption#LEGACY_ALGORITHMS} may log in with them.
 * @param extraKeyExchanges key exchanges that are offered last, since each costs several times as much
 * @param maxKeyExchanges how many key exchanges may wait for their turn, at least 1; a client that logs in beyond that
 *     is disconnected
 * @param maxKeyExchangesPerAddress how many of these from one address (of IPv6: from a /64 network), at least 1
 * @param rekeyInterval minimum time between two key exchanges of a session, 0 to 1 minute; one that comes earlier waits
 * @param proxyProtocol networks whose connections begin with a PROXY protocol header
 */
public record SftpSettings(
        String bindAddress,
        int port,
        Duration idleTimeout,
        Duration authenticationTimeout,
        int maxAuthenticationTries,
        ConnectionLimits connections,
        int maxChannels,
        int maxOpenHandles,
        int maxTotalOpenHandles,
        long windowMemory,
        boolean legacyAlgorithms,
        Set<ExtraKeyExchange> extraKeyExchanges,
        int maxKeyExchanges,
        int maxKeyExchangesPerAddress,
        Duration rekeyInterval,
        ProxyProtocol proxyProtocol) {
    private static final long MIB = 1024 * 1024;
    private static final Duration LONGEST_REKEY_INTERVAL = Duration.ofMinutes(1);

    public SftpSettings {
        if (bindAddress.isBlank()) {
            throw new IllegalArgumentException("the SFTP bind address must not be blank; 0.0.0.0 is every interface");
        }
        requireRange("port", port, 0, 65_535);
        requireAtLeastOneSecond("idle timeout", idleTimeout);
        requireAtLeastOneSecond("authentication timeout", authenticationTimeout);
        requireRange("number of authentication tries", maxAuthenticationTries, 1, 100);
        requireRange("number of channels", maxChannels, 1, 1000);
        requireRange("number of open handles", maxOpenHandles, 1, 100_000);
        requireRange("total number of open handles", maxTotalOpenHandles, 1, Integer.MAX_VALUE);
        requireRange("window memory", windowMemory, MIB, 64 * 1024 * MIB);
        requireRange("number of key exchanges", maxKeyExchanges, 1, Integer.MAX_VALUE);
        requireRange("number of key exchanges per address", maxKeyExchangesPerAddress, 1, Integer.MAX_VALUE);
        if (rekeyInterval.isNegative() || rekeyInterval.compareTo(LONGEST_REKEY_INTERVAL) > 0) {
            throw new IllegalArgumentException(
                    "the SFTP rekey interval must be between 0 and 1 minute, but is " + rekeyInterval);
        }
        extraKeyExchanges = Set.copyOf(extraKeyExchanges);
    }

    private static void requireRange(String name, long value, long least, long most) {
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
        return builder().build();
    }

    /** Starts from the defaults. */
    public static Builder builder() {
        return new Builder();
    }

    /** Collects settings; others keep their initial values. Not safe for use by several threads. */
    public static final class Builder {
        private String bindAddress = "0.0.0.0";
        private int port = 2022;
        private Duration idleTimeout = Duration.ofMinutes(10);
        private Duration authenticationTimeout = Duration.ofSeconds(30);
        private int maxAuthenticationTries = 10;
        private ConnectionLimits connections = ConnectionLimits.DEFAULTS;
        private int maxChannels = 10;
        private int maxOpenHandles = 256;
        private int maxTotalOpenHandles = 10_000;
        private long windowMemory = 128 * MIB;
        private boolean legacyAlgorithms;
        private Set<ExtraKeyExchange> extraKeyExchanges = Set.of();
        private int maxKeyExchanges = 300;
        private int maxKeyExchangesPerAddress = 100;
        private Duration rekeyInterval = Duration.ofSeconds(1);
        private ProxyProtocol proxyProtocol = ProxyProtocol.OFF;

        private Builder() {}

        public Builder bindAddress(String value) {
            bindAddress = value;
            return this;
        }

        public Builder port(int value) {
            port = value;
            return this;
        }

        public Builder idleTimeout(Duration value) {
            idleTimeout = value;
            return this;
        }

        public Builder authenticationTimeout(Duration value) {
            authenticationTimeout = value;
            return this;
        }

        public Builder maxAuthenticationTries(int value) {
            maxAuthenticationTries = value;
            return this;
        }

        public Builder connections(ConnectionLimits value) {
            connections = value;
            return this;
        }

        public Builder maxChannels(int value) {
            maxChannels = value;
            return this;
        }

        public Builder maxOpenHandles(int value) {
            maxOpenHandles = value;
            return this;
        }

        public Builder maxTotalOpenHandles(int value) {
            maxTotalOpenHandles = value;
            return this;
        }

        public Builder windowMemory(long value) {
            windowMemory = value;
            return this;
        }

        public Builder legacyAlgorithms(boolean value) {
            legacyAlgorithms = value;
            return this;
        }

        public Builder extraKeyExchanges(Set<ExtraKeyExchange> value) {
            extraKeyExchanges = value;
            return this;
        }

        public Builder maxKeyExchanges(int value) {
            maxKeyExchanges = value;
            return this;
        }

        public Builder maxKeyExchangesPerAddress(int value) {
            maxKeyExchangesPerAddress = value;
            return this;
        }

        public Builder rekeyInterval(Duration value) {
            rekeyInterval = value;
            return this;
        }

        public Builder proxyProtocol(ProxyProtocol value) {
            proxyProtocol = value;
            return this;
        }

        /**
         * The settings.
         *
         * @throws IllegalArgumentException if one is out of its range
         */
        public SftpSettings build() {
            return new SftpSettings(
                    bindAddress,
                    port,
                    idleTimeout,
                    authenticationTimeout,
                    maxAuthenticationTries,
                    connections,
                    maxChannels,
                    maxOpenHandles,
                    maxTotalOpenHandles,
                    windowMemory,
                    legacyAlgorithms,
                    extraKeyExchanges,
                    maxKeyExchanges,
                    maxKeyExchangesPerAddress,
                    rekeyInterval,
                    proxyProtocol);
        }
    }
}
