package dev.slipway.sftp;

import dev.slipway.core.net.ListenPort;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.unit.DataSize;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The SSH listener, for SFTP and SCP: the section {@code sftp} of the configuration. The settings of host keys,
 * authorities and revocations are for whoever provides these; the server itself does not read them.
 */
public record SftpSettings(
        @Setting(value = "Address or host name to listen on.", byDefault = "0.0.0.0")
        String bind,

        @Setting(value = "Port of SFTP and SCP, or `off`. 0 picks a free port.", byDefault = "2222")
        ListenPort port,

        @Setting("Directory with the SSH host keys, named as in OpenSSH (`ssh_host_ed25519_key` and so on). Without"
                + " it, `ssh` in `state.directory`. Keys are created if there are none.")
        @Nullable
        Path hostKeys,

        @Setting(
                value = "How long a session may go without a packet in either direction before it is closed.",
                byDefault = "10m",
                shortest = "1s")
        Duration idleTimeout,

        @Setting(
                value = "How long a client may take to log in, including the key exchange.",
                byDefault = "30s",
                shortest = "1s")
        Duration authenticationTimeout,

        @Setting(
                value = "Login attempts after which a connection is closed. A public key takes two.",
                byDefault = "10",
                least = 1,
                most = 100)
        int maxAuthenticationTries,

        @Setting(
                value = "Maximum number of sessions that are logged in. Further logins are refused.",
                byDefault = "1000",
                least = 1)
        int maxSessions,

        @Setting(
                value = "Maximum number of connections that have not logged in. Further ones are refused. They do"
                        + " not count towards `sftp.maxSessions`. Each may take 200KiB of the Java heap,"
                        + " and all together half of it: a larger value is refused at startup. By default"
                        + " as many as fit in a sixth of the heap, at most 500.",
                least = 1)
        @Nullable
        Integer maxUnauthenticatedConnections,

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
                        + " `sftp.maxUnauthenticatedConnections`.",
                byDefault = "30",
                least = 1,
                most = 100)
        int randomDropPercent,

        @Setting(value = "Maximum number of channels per connection.", byDefault = "10", least = 1, most = 1000)
        int maxChannels,

        @Setting(
                value = "Maximum number of open files and directories per connection.",
                byDefault = "256",
                least = 1,
                most = 100_000)
        int maxOpenHandles,

        @Setting(
                value = "Maximum number of open files and directories of all connections together.",
                byDefault = "10000",
                least = 1)
        int maxTotalOpenHandles,

        @Setting(
                value = "Part of the Java heap for data that clients send ahead, for the whole process. A channel"
                        + " starts with 256KiB of it and takes up to 16MiB if its client is far away."
                        + " When half is in use, new channels get 64KiB; when all is in use, they are"
                        + " refused. From 1MiB to 64GiB, and at most half of the heap. Without it, a"
                        + " quarter of the heap, up to 128MiB.",
                replaces = "receiveWindow")
        @Nullable
        DataSize windowMemory,

        @Setting(
                value = "Whether to offer algorithms that are no longer secure, last in order, for clients that"
                        + " are ten years old: `ssh-rsa`, `diffie-hellman-group14-sha1`, AES in CBC mode,"
                        + " `hmac-sha1`. Only accounts with the option `legacy-algorithms` may log in"
                        + " with them.",
                byDefault = "false")
        boolean legacyAlgorithms,

        @Setting("Key exchanges to offer last, for clients that support nothing better: `group16`"
                + " (`diffie-hellman-group16-sha512`), `group-exchange` (`diffie-hellman-group-exchange-sha256`,"
                + " with up to 4096 bits). Each takes up to ten times the CPU time of the others.")
        Set<ExtraKeyExchange> extraKeyExchanges,

        @Setting(
                value = "Maximum number of key exchanges that wait for their turn. Clients beyond that are"
                        + " disconnected. Half of the processors compute key exchanges; clients from"
                        + " different addresses take turns.",
                byDefault = "300",
                least = 1)
        int maxKeyExchanges,

        @Setting(
                value = "Maximum number of waiting key exchanges from one address (IPv6: one /64 network).",
                byDefault = "100",
                least = 1)
        int maxKeyExchangesPerAddress,

        @Setting(
                value = "Minimum time between two key exchanges of a session. A client that asks for new keys more"
                        + " often has to wait. At most `1m`.",
                byDefault = "1s")
        Duration rekeyInterval,

        @Setting("Public keys of the CAs whose OpenSSH user certificates are accepted, each a line as in"
                + " `authorized_keys`.")
        List<String> trustedUserCaKeys,

        @Setting("File with such keys, one per line. It is read again when it has changed.") @Nullable
        Path trustedUserCaFile,

        @Setting("File with revoked keys and certificates: public keys, and lines such as `serial: 7`, `serial:"
                + " 10-20`, `id: anna@laptop` or `sha256: …` (the text form that `ssh-keygen -k` compiles; the"
                + " compiled list is not accepted). It is read again when it has changed.")
        @Nullable
        Path revokedKeys)
        implements CheckedSettings {
    private static final long LEAST_WINDOW_MEMORY = 1L << 20;
    private static final long MOST_WINDOW_MEMORY = 64L << 30;
    private static final Duration LONGEST_REKEY_INTERVAL = Duration.ofMinutes(1);

    public SftpSettings {
        extraKeyExchanges = Set.copyOf(extraKeyExchanges);
        trustedUserCaKeys = List.copyOf(trustedUserCaKeys);
    }

    /** Starts from the defaults. */
    public static SettingsBuilder<SftpSettings> builder() {
        return new SettingsBuilder<>(SftpSettings.class);
    }

    /** Whether certificates of users are accepted. */
    public boolean takesCertificates() {
        return !trustedUserCaKeys.isEmpty() || trustedUserCaFile != null;
    }

    @Override
    public void check(Problems problems) {
        if (windowMemory != null
                && (windowMemory.bytes() < LEAST_WINDOW_MEMORY || windowMemory.bytes() > MOST_WINDOW_MEMORY)) {
            problems.add("windowMemory", windowMemory, "must be from 1MiB to 64GiB");
        }
        if (rekeyInterval.compareTo(LONGEST_REKEY_INTERVAL) > 0) {
            problems.add("rekeyInterval", rekeyInterval, "must be at most 1m");
        }
    }
}
