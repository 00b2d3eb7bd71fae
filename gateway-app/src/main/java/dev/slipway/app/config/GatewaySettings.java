package dev.slipway.app.config;

import dev.slipway.app.keys.Secret;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.MountDefinition;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.DataSize;
import dev.slipway.core.unit.SizeLimit;
import dev.slipway.ftps.ClientCertificates;
import dev.slipway.ftps.SessionReuse;
import dev.slipway.ftps.TlsProvider;
import dev.slipway.ftps.TlsVersion;
import dev.slipway.sftp.ExtraKeyExchange;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a gateway. The reference, {@code docs/reference/configuration.md}, is generated from the annotations
 * here. {@code toString} never shows secrets.
 *
 * <p>This file is long on purpose: it is the one list of settings, and reads like the configuration file.
 */
@SuppressWarnings("exports") // only Slipway itself uses it
public record GatewaySettings(
        S3 s3,
        List<Storage> storage,
        Memory memory,
        State state,
        Ftps ftps,
        Sftp sftp,
        ProxyProtocol proxyProtocol,
        Logins logins,
        Resume resume,
        Quota quota,
        Bandwidth bandwidth,
        List<Account> accounts,
        List<Remote> remotes,
        Transfer transfer,
        Admin admin,
        List<Webhook> webhooks,
        Amqp amqp,
        Shutdown shutdown,
        Log log) {
    public GatewaySettings {
        storage = List.copyOf(storage);
        accounts = List.copyOf(accounts);
        webhooks = List.copyOf(webhooks);
        remotes = List.copyOf(remotes);
    }

    /** How a bucket is addressed. */
    public enum PathStyle {
        /** In the path if an endpoint is set, otherwise in the host name. */
        AUTO,
        /** In the path: {@code https://host/bucket/key}. */
        TRUE,
        /** In the host name: {@code https://bucket.host/key}. */
        FALSE
    }

    /** The checksum sent with uploads for the store to verify. */
    public enum Checksums {
        /** CRC32 of each part and, if the store keeps it, of the whole object. */
        CRC32,
        /** None, for stores that refuse such headers. */
        NONE
    }

    /** The object store. */
    public record S3(
            @Setting("URL of an S3-compatible store, such as `https://minio.example.com:9000`. Without it, Amazon S3 in"
                    + " `s3.region`.")
            @Nullable
            URI endpoint,

            @Setting(value = "The store's region.", byDefault = "us-east-1")
            String region,

            @Setting("Bucket of mounts that name none.") @Nullable
            String bucket,

            @Setting(
                    value = "Whether requests name the bucket in the path (`true`) or in the host name (`false`)."
                            + " `auto`: in the path if `s3.endpoint` is set.",
                    byDefault = "auto")
            PathStyle pathStyle,

            @Setting("Access key. Without it, the AWS default chain: environment, profile, container or instance role.")
            @Nullable
            String accessKey,

            @Setting("Secret key for `s3.accessKey`.") @Nullable
            Secret secretKey,

            @Setting("Session token for `s3.accessKey`, if the credentials are temporary. Slipway does not renew them:"
                    + " the store refuses requests once they have expired.")
            @Nullable
            Secret sessionToken,

            @Setting("PEM file with the certificates of CAs to trust for the connection to the store, in addition to"
                    + " the usual ones.")
            @Nullable
            Path caFile,

            @Setting("HTTP proxy for the store and its token service, such as `http://proxy.example.com:3128`. It must"
                    + " allow `CONNECT` to the store's port. Proxies in the environment (`HTTPS_PROXY`) are ignored.")
            @Nullable
            URI proxy,

            @Setting("User name for the proxy, if it requires one (Basic authentication).") @Nullable
            String proxyUser,

            @Setting("Password for `s3.proxyUser`.") @Nullable
            Secret proxyPassword,

            @Setting(
                    value = "Checksum that is sent with uploads for the store to verify: `crc32` or `none`.",
                    byDefault = "crc32")
            Checksums checksums,

            @Setting(value = "Maximum number of connections to the store.", byDefault = "256", least = 1, most = 10_000)
            int maxConnections,

            @Setting(
                    value = "How long the store may stay silent within one attempt of a request.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration requestTimeout,

            @Setting(
                    value = "How long the store may stay silent while it copies an object, or a part of a large one."
                            + " Renames are copies.",
                    byDefault = "5m",
                    shortest = "1s")
            Duration copyTimeout,

            @Setting(
                    value = "Maximum number of concurrent copies in the store. Copies use their own connections, in"
                            + " addition to `s3.maxConnections`.",
                    byDefault = "64",
                    least = 1,
                    most = 1000)
            int maxCopies,

            @Setting(
                    value = "Whether to probe the buckets at startup, as `slipway doctor` does, and log the findings."
                            + " The probe writes a few objects whose keys begin with `.slipway-probe-`, and"
                            + " removes them.",
                    byDefault = "true")
            boolean probe) {}

    /** How the store is asked to encrypt objects. */
    public enum Encryption {
        /** The bucket's own rule applies. */
        NONE,
        /** SSE-S3: with the store's own keys. */
        S3,
        /** SSE-KMS: with a key of a key management service. */
        KMS,
        /** SSE-C: with a key that the gateway sends and the store does not keep. */
        CUSTOMER
    }

    /** S3's canned ACLs. */
    public enum CannedAcl {
        /** The owner's alone. */
        PRIVATE,
        /** Everybody reads. */
        PUBLIC_READ,
        /** Everybody reads and writes. */
        PUBLIC_READ_WRITE,
        /** Everybody with an AWS account reads. */
        AUTHENTICATED_READ,
        /** EC2 reads, to create a machine image from it. */
        AWS_EXEC_READ,
        /** The bucket's owner reads. */
        BUCKET_OWNER_READ,
        /** The bucket's owner does everything. */
        BUCKET_OWNER_FULL_CONTROL
    }

    /** How objects are stored in a part of a bucket, for all mounts that contain it. */
    public record Storage(
            @Setting("Bucket. Without it, `s3.bucket`.") @Nullable
            String bucket,

            @Setting("Beginning of the keys, ending with `/`; usually the prefix of a mount. Without it, the whole"
                    + " bucket. If several prefixes match a key, only the longest one applies.")
            @Nullable
            String prefix,

            @Setting(
                    value = "Encryption that the store is asked for: `s3` (SSE-S3), `kms` (SSE-KMS), or `customer`"
                            + " (SSE-C: with `customerKey`, which the store does not keep). `none` asks for"
                            + " nothing, so the bucket's own rule applies.",
                    byDefault = "none")
            Encryption encryption,

            @Setting("For `kms`: id, ARN or alias of the key. Without it, the store's default key.") @Nullable
            String kmsKey,

            @Setting(
                    value = "For `kms`: whether to use an S3 Bucket Key, which saves requests to the key service.",
                    byDefault = "false")
            boolean bucketKey,

            @Setting("For `customer`: the key, 32 bytes in Base64, as printed by `openssl rand -base64 32`. If you lose"
                    + " it, the files are lost.")
            @Nullable
            Secret customerKey,

            @Setting("For `customer`: file with the key, instead of `customerKey`.") @Nullable
            Path customerKeyFile,

            @Setting("Storage class for new objects, such as `STANDARD_IA`, `INTELLIGENT_TIERING` or `GLACIER_IR`."
                    + " Archived objects (`GLACIER`, `DEEP_ARCHIVE`) can be neither read nor renamed.")
            @Nullable
            String storageClass,

            @Setting("Canned ACL for new objects: `private`, `public-read`, `public-read-write`, `authenticated-read`,"
                    + " `aws-exec-read`, `bucket-owner-read` or `bucket-owner-full-control`. Without it none is sent,"
                    + " which suits buckets without ACLs.")
            @Nullable
            CannedAcl acl,

            @Setting("ARN of a role for all requests, such as `arn:aws:iam::123456789012:role/files`. It is assumed"
                    + " with the credentials in `s3`.")
            @Nullable
            String role,

            @Setting("External id that the role requires.") @Nullable
            String externalId,

            @Setting(
                    value = "Name of the gateway's role sessions, as the role's owner sees it in logs.",
                    byDefault = "slipway")
            String sessionName,

            @Setting(
                    value = "Lifetime of the role's credentials, from 15m to 12h. They are renewed after three"
                            + " quarters of it.",
                    byDefault = "1h",
                    shortest = "15m")
            Duration sessionDuration,

            @Setting("URL of the token service. Without it, `s3.endpoint` (as MinIO has it), or else that of AWS in"
                    + " `s3.region`.")
            @Nullable
            URI stsEndpoint) {}

    /** Memory. */
    public record Memory(
            @Setting("Memory for the parts of uploads, for the whole process. Uploads wait up to `memory.admissionWait`"
                    + " for memory, then fail as busy. A part is at most a quarter of it, and all uploads of"
                    + " one account at most nine tenths. Without it, five eighths of Java's direct memory, up"
                    + " to 512MiB.")
            @Nullable
            DataSize parts,

            @Setting(
                    value = "Size of the first parts of an upload; later ones are larger. From 5MiB to a quarter of"
                            + " `memory.parts`.",
                    byDefault = "8MiB")
            DataSize firstPart,

            @Setting(
                    "Memory for reading ahead in downloads, for the whole process. Each download needs 1MiB, and all of"
                            + " one account take at most nine tenths of it. Without it, five sixteenths of Java's"
                            + " direct memory, up to 256MiB.")
            @Nullable
            DataSize downloads,

            @Setting("Memory for blocks of uploads that arrive out of order, for the whole process; some SFTP clients"
                    + " send many blocks at once. An upload takes at most 4MiB of it and an account at most"
                    + " half. If it is used up, the write fails as busy. At least 1MiB. Without it, a"
                    + " sixteenth of Java's direct memory, up to 32MiB.")
            @Nullable
            DataSize earlyBlocks,

            @Setting("Part of the Java heap for directory entries that were fetched but not yet sent, for the whole"
                    + " process. An account takes at most half of it. If it is used up, the listing fails as busy. At"
                    + " least 4MiB. Without it, an eighth of the heap, up to 64MiB.")
            @Nullable
            DataSize listings,

            @Setting(value = "How long an upload waits for memory before it fails as busy.", byDefault = "30s")
            Duration admissionWait,

            @Setting(
                    value = "How long an upload may wait for its client before it is interrupted and its memory is"
                            + " freed. A download that waits as long frees its memory too, and continues when"
                            + " its client does.",
                    byDefault = "5m",
                    shortest = "1s")
            Duration idleUpload) {}

    /** What is kept outside the bucket. */
    public record State(
            @Setting(
                    value = "Directory for the state database, SSH host keys, and certificates that Slipway creates."
                            + " Created if missing. Each gateway needs its own.",
                    byDefault = "slipway-state")
            Path directory,

            @Setting("PostgreSQL database for the state, which several gateways may share:"
                    + " `jdbc:postgresql://host:5432/database`, with any options of the driver. Without it, a SQLite"
                    + " file in `state.directory`. Requires PostgreSQL 12 or later, reached directly or through a"
                    + " pool in session mode.")
            @Nullable
            String database,

            @Setting("User for `state.database`.") @Nullable String user,

            @Setting("Password for `state.user`.") @Nullable Secret password) {}

    /** The FTP and FTPS listeners. */
    public record Ftps(
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

            @Setting("Password of `ftps.keyStore`.") @Nullable
            Secret keyStorePassword,

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
            int randomDropPercent) {
        public Ftps {
            hostNames = List.copyOf(hostNames);
        }
    }

    /** The SSH listener, for SFTP and SCP. */
    public record Sftp(
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
            Path revokedKeys) {
        public Sftp {
            extraKeyExchanges = Set.copyOf(extraKeyExchanges);
            trustedUserCaKeys = List.copyOf(trustedUserCaKeys);
        }
    }

    /** Load balancers in front of the listeners. */
    public record ProxyProtocol(
            @Setting("Networks of load balancers that start each connection with a PROXY protocol header, version 1 or"
                    + " 2, such as `10.0.0.0/8`. The header carries the client's address. Connections from"
                    + " these networks without a header are closed; headers from elsewhere are not accepted.")
            List<Network> trusted) {
        public ProxyProtocol {
            trusted = List.copyOf(trusted);
        }
    }

    /** How failed logins are answered. */
    public record Logins(
            @Setting(
                    value = "Failed logins allowed per address (IPv6: per /64 network). When they are used up, logins"
                            + " from there are refused, except for accounts that have logged in from there"
                            + " recently.",
                    byDefault = "20",
                    least = 1)
            int failuresPerAddress,

            @Setting(
                    value = "Failed logins of an account from one address after which its logins from there are"
                            + " refused for a while.",
                    byDefault = "5",
                    least = 1)
            int failuresPerAccount,

            @Setting(
                    value = "Time after which failed logins are forgotten: those of an address one by one, evenly"
                            + " spread; those of an account together, if there was no further failure.",
                    byDefault = "10m")
            Duration forgetAfter,

            @Setting(
                    value = "Duration of an account's first refusal. Each further failure doubles it.",
                    byDefault = "1s")
            Duration firstRefusal,

            @Setting(value = "Maximum duration of a refusal.", byDefault = "15m")
            Duration longestRefusal,

            @Setting(
                    value = "How long an account that has logged in from an address may still log in when that address"
                            + " has used up its failed logins.",
                    byDefault = "1d")
            Duration trustedFor,

            @Setting(
                    value = "How long a verified password is accepted without hashing it again. A change of the"
                            + " account ends this.",
                    byDefault = "5m")
            Duration verifiedFor,

            @Setting(
                    value = "Maximum number of passwords that are being checked or wait for it; further logins fail."
                            + " Two are checked at a time.",
                    byDefault = "100",
                    least = 1)
            int maxChecks) {}

    /** Interrupted uploads. */
    public record Resume(
            @Setting(
                    value = "How long interrupted uploads are kept in the store. After that, the next sweep (every 5"
                            + " minutes) aborts them.",
                    byDefault = "1d",
                    shortest = "1s")
            Duration keepFor,

            @Setting(
                    value = "Maximum number of interrupted uploads per account. The oldest ones make room for newer"
                            + " ones.",
                    byDefault = "1000",
                    least = 1)
            int maxPerAccount) {}

    /** How much accounts may store. */
    public record Quota(
            @Setting(
                    value = "Bytes that an account may store, unless it has its own limit (`quotaBytes`). Everything"
                            + " below its writable mounts counts, whoever stored it.",
                    byDefault = "unlimited")
            SizeLimit bytes,

            @Setting(
                    value = "Files that an account may store, unless it has its own limit (`quotaFiles`).",
                    byDefault = "unlimited")
            CountLimit files,

            @Setting(
                    value = "How often stored files are counted again, by listing them, for accounts with quotas."
                            + " Between two counts, only changes through the gateway are noticed.",
                    byDefault = "24h",
                    shortest = "1m")
            Duration recountEvery) {}

    /** Transfer rates, in bytes per second. */
    public record Bandwidth(
            @Setting(value = "Maximum rate of all uploads together, in bytes per second.", byDefault = "unlimited")
            SizeLimit upload,

            @Setting(value = "Maximum rate of all downloads together, in bytes per second.", byDefault = "unlimited")
            SizeLimit download,

            @Setting(
                    value = "Maximum upload rate of an account, in bytes per second, for all its sessions together,"
                            + " unless it has its own limit (`uploadRate`).",
                    byDefault = "unlimited")
            SizeLimit accountUpload,

            @Setting(
                    value = "Maximum download rate of an account, in bytes per second, for all its sessions together,"
                            + " unless it has its own limit (`downloadRate`).",
                    byDefault = "unlimited")
            SizeLimit accountDownload) {}

    /** Somebody who may log in. */
    public record Account(
            @Setting("Login name.") String name,

            @Setting("Password in clear text. Prefer `passwordHash`.") @Nullable
            Secret password,

            @Setting("Argon2id hash of the password, as printed by `slipway hash-password`. Checking a password against"
                    + " it may take at most a quarter of the Java heap (the hash's `m`, in KiB).")
            @Nullable
            Secret passwordHash,

            @Setting("Public keys for SFTP and SCP, each a line as in OpenSSH's `authorized_keys`.")
            List<String> authorizedKeys,

            @Setting("Principals whose SSH certificates log in to the account. Without any, the account's name. See"
                    + " `sftp.trustedUserCaKeys`.")
            Set<String> principals,

            @Setting("What the account sees. Without any, the whole bucket `s3.bucket` at `/`.")
            List<Mount> mounts,

            @Setting(
                    value = "Permissions: any of `list`, `read`, `write`, `overwrite`, `delete`, `rename`, `mkdir`.",
                    byDefault = "list, read, write, overwrite, delete, rename, mkdir")
            Set<Permission> permissions,

            @Setting(value = "Protocols that the account may use: `ftps`, `sftp` or both.", byDefault = "ftps, sftp")
            Set<Protocol> protocols,

            @Setting("Networks from which the account may log in, such as `192.0.2.0/24`. Without any, all.")
            List<Network> networks,

            @Setting("Expiry date; logins are refused from then on: `2030-01-31` (at 00:00 UTC) or"
                    + " `2030-01-31T18:00:00Z`.")
            @Nullable
            Instant expires,

            @Setting(value = "Maximum number of concurrent sessions, over all protocols.", least = 1) @Nullable
            Integer maxSessions,

            @Setting("Special rights and features: `legacy-algorithms` (may use outdated SSH algorithms, if the"
                    + " listener offers any), `missing-close-notify` (FTPS uploads are complete when the"
                    + " connection ends, even without close_notify; a broken connection cannot be told from"
                    + " the end of the file), `upload-md5`, `upload-sha1`, `upload-sha256`, `upload-sha512`"
                    + " (compute this checksum during each upload, instead of reading the object when it is"
                    + " asked for), `push` (may push files to remote servers, with FTP's `SITE PUSH`),"
                    + " `admin` (may run all commands over SSH, regardless of mounts and permissions).")
            Set<AccountOption> options,

            @Setting(
                    value = "What happens to interrupted uploads. `off`: they are aborted. `stat`: the account can"
                            + " resume them, and sees their sizes when it asks for a path. `listed`: it also"
                            + " sees them in listings, as some clients need it.",
                    byDefault = "stat")
            ResumePolicy resume,

            @Setting("Bytes that the account may store below its writable mounts. Without it, `quota.bytes`.") @Nullable
            SizeLimit quotaBytes,

            @Setting("Files that the account may store below its writable mounts. Without it, `quota.files`.") @Nullable
            CountLimit quotaFiles,

            @Setting("Maximum upload rate in bytes per second, for all its sessions together. Without it,"
                    + " `bandwidth.accountUpload`.")
            @Nullable
            SizeLimit uploadRate,

            @Setting("Maximum download rate in bytes per second, for all its sessions together. Without it,"
                    + " `bandwidth.accountDownload`.")
            @Nullable
            SizeLimit downloadRate,

            @Setting("Remotes that the account may push files to, with the option `push`: names from `remotes` or"
                    + " `slipway remote add`. Without any, none. Accounts with the option `admin` may use"
                    + " all.")
            Set<String> remotes) {
        public Account {
            remotes = Set.copyOf(remotes);
            principals = Set.copyOf(principals);
            protocols = Set.copyOf(protocols);
            networks = List.copyOf(networks);
            options = Set.copyOf(options);
            authorizedKeys = List.copyOf(authorizedKeys);
            mounts = List.copyOf(mounts);
            permissions = Set.copyOf(permissions);
        }

        /** The account as its rules see it. */
        public AccountDefinition definition() {
            return new AccountDefinition(
                    name,
                    mounts.isEmpty()
                            ? null
                            : mounts.stream().map(Mount::definition).toList(),
                    permissions,
                    options,
                    maxSessions,
                    resume,
                    quotaBytes,
                    quotaFiles,
                    uploadRate,
                    downloadRate,
                    List.copyOf(remotes),
                    protocols,
                    networks,
                    List.copyOf(principals),
                    expires,
                    true);
        }
    }

    /** A part of a bucket at a path of an account. */
    public record Mount(
            @Setting(value = "Path at which the account sees the mount.", byDefault = "/")
            String path,

            @Setting("Bucket. Without it, `s3.bucket`.") @Nullable
            String bucket,

            @Setting("Beginning of the keys, ending with `/`. Without it, the whole bucket.") @Nullable
            String prefix,

            @Setting(value = "Whether files below the mount are read-only.", byDefault = "false")
            boolean readOnly) {
        MountDefinition definition() {
            return new MountDefinition(path, bucket, prefix, readOnly);
        }
    }

    /** A server that files are pushed to over SSH. */
    public record Remote(
            @Setting("Name of the remote: letters, digits, `.`, `-` and `_`.")
            String name,

            @Setting("Address or host name.") String host,

            @Setting(value = "Port of its SSH server.", byDefault = "22", least = 1, most = 65_535)
            int port,

            @Setting("User to log in as.") String user,

            @Setting("Password; also the answer to keyboard-interactive prompts.") @Nullable
            Secret password,

            @Setting("Private key in OpenSSH or PEM format, instead of a password.") @Nullable
            Secret key,

            @Setting("File with the private key, instead of `key`.") @Nullable
            Path keyFile,

            @Setting("Passphrase of the private key, if it is encrypted.") @Nullable
            Secret passphrase,

            @Setting(
                    value = "Whether to use the keys of the agent at `SSH_AUTH_SOCK`, instead of a password or key.",
                    byDefault = "false")
            boolean agent,

            @Setting("Accepted host keys, any of: a public key as in `known_hosts` (`ssh-ed25519 AAAA…`), a fingerprint"
                    + " (`SHA256:…`), or `\"@cert-authority ssh-ed25519 AAAA…\"` (in quotes) for host"
                    + " certificates whose principals include the host's name. Other servers are refused.")
            List<String> hostKeys,

            @Setting("File in the format of OpenSSH's `known_hosts`, read at startup. The keys that it has for the host"
                    + " are accepted in addition to `hostKeys`.")
            @Nullable
            Path knownHostsFile,

            @Setting("Absolute paths of the folders that files may be written to. Without any, files may be written"
                    + " anywhere, but only administrators may push them; `/` allows every permitted account to write"
                    + " anywhere.")
            List<String> folders,

            @Setting(
                    value = "How files are transferred. `direct`: the remote fetches them from the store itself, with"
                            + " curl. `streaming`: the gateway reads them from the store and writes them over"
                            + " SFTP. `auto`: direct if the remote can.",
                    byDefault = "auto")
            TransferMode mode,

            @Setting(value = "Maximum number of concurrent jobs.", byDefault = "4", least = 1, most = 1000)
            int maxJobs,

            @Setting(value = "Maximum number of concurrent parts of one file.", byDefault = "4", least = 1, most = 64)
            int maxChannels,

            @Setting(
                    value = "Share of the remote's file system that must stay free after a file, in percent. Without"
                            + " it, `transfer.freeSpacePercentage`.",
                    most = 100)
            @Nullable
            Integer freeSpacePercentage,

            @Setting("Path whose file system is measured. Without it, that of the destination.") @Nullable
            String fileSystem,

            @Setting(
                    value = "Whether files may be written to paths that have, below the folder, a segment that begins"
                            + " with a dot, such as `.ssh/authorized_keys` or `.profile`. Whoever can write"
                            + " such files in a home folder can log in or run programs there.",
                    byDefault = "false")
            boolean dotFiles) {
        public Remote {
            hostKeys = List.copyOf(hostKeys);
            folders = List.copyOf(folders);
        }
    }

    /** Jobs that push files to other servers. */
    public record Transfer(
            @Setting(
                    value = "Maximum number of jobs that this gateway runs at once.",
                    byDefault = "8",
                    least = 1,
                    most = 1000)
            int maxJobs,

            @Setting(
                    value = "Share of a remote's file system that must stay free after a file, in percent; a job waits"
                            + " until it does. A remote's own `freeSpacePercentage` overrides it. Without"
                            + " any, free space is not checked.",
                    most = 100)
            @Nullable
            Integer freeSpacePercentage,

            @Setting(
                    value = "How long a job waits before it checks again whether a remote has space.",
                    byDefault = "120s",
                    shortest = "1s")
            Duration spaceInterval,

            @Setting("URL at which remotes reach the store when they fetch from it, if it is not `s3.endpoint`: such as"
                    + " `https://s3.internal.example.com`.")
            @Nullable
            URI storeEndpoint,

            @Setting(
                    value = "Lifetime of the signed URLs that remotes fetch from, at most 7 days. A URL that expires"
                            + " during a transfer is signed anew.",
                    byDefault = "1h",
                    shortest = "1m")
            Duration urlLifetime,

            @Setting("The only URLs that pushes may fetch from: hosts (`media.example.com`, `*.example.com`) or"
                    + " beginnings of URLs (`https://media.example.com/out/`). Without any, all hosts except"
                    + " those that `transfer.urlNetworks` covers.")
            List<String> urlSources,

            @Setting("Networks that pushes may fetch from although they belong to the machine itself (`127.0.0.0/8`),"
                    + " its link (`169.254.0.0/16`, `fe80::/10`) or a cloud's metadata service. By default"
                    + " such addresses are refused, whatever name resolves to them.")
            List<Network> urlNetworks,

            @Setting(value = "How long ended jobs are kept.", byDefault = "90d")
            Duration keepFor,

            @Setting("Key that encrypts secrets in the state database: 32 bytes in Base64, as printed by `openssl rand"
                    + " -base64 32`. `SLIPWAY_SECRET_KEY` sets it too. Gateways that share a database need"
                    + " the same one.")
            @Nullable
            Secret secretKey,

            @Setting("File with that key, instead of `transfer.secretKey`. Without either, `secret.key` in"
                    + " `state.directory`, which is created on first start.")
            @Nullable
            Path secretKeyFile) {
        public Transfer {
            urlSources = List.copyOf(urlSources);
            urlNetworks = List.copyOf(urlNetworks);
        }
    }

    /** The HTTP listener for operators. */
    public record Admin(
            @Setting(
                    value = "Port of the HTTP API, `/metrics` for Prometheus, `/healthz` and `/readyz`, or `off`. 0"
                            + " picks a free port.",
                    byDefault = "off")
            ListenPort port,

            @Setting(
                    value = "Address or host name to listen on. Anyone who can reach it can read the metrics, without"
                            + " a password. The API, which requires a token or a login, is served on"
                            + " addresses other than loopback only with `admin.tls` or `admin.tlsProxy`.",
                    byDefault = "127.0.0.1")
            String bind,

            @Setting(value = "Whether to serve HTTPS, with the certificate of FTPS.", byDefault = "false")
            boolean tls,

            @Setting(
                    value = "Whether a TLS proxy is in front, and nothing else can reach the port. The last address in"
                            + " the proxy's `X-Forwarded-For` is the client's address.",
                    byDefault = "false")
            boolean tlsProxy,

            @Setting("Host names that the listener answers to, such as `gateway.example.com`: those in the URLs that"
                    + " browsers, programs and Prometheus use. IP addresses, `localhost` and the name in `admin.bind`"
                    + " always work, and `/healthz` works under any name. Other names get 421, which protects against"
                    + " DNS rebinding. With `admin.tls` and an empty list every name works, since clients check it"
                    + " against the certificate.")
            List<String> hosts,

            @Setting(
                    value = "Maximum number of connections. At the limit, a new connection replaces the one that has"
                            + " waited longest for its client; if none waits, the new one is closed.",
                    byDefault = "512",
                    least = 16,
                    most = 100_000)
            int maxConnections,

            @Setting(
                    value = "Maximum number of connections from one address (IPv6: one /64 network). Not applied with"
                            + " `admin.tlsProxy`, where all connections come from the proxy.",
                    byDefault = "128",
                    least = 1,
                    most = 100_000)
            int maxConnectionsPerAddress,

            @Setting(
                    value = "How long a request, head and body, may take to arrive, from its first byte or from the"
                            + " start of the connection.",
                    byDefault = "20s",
                    shortest = "1s")
            Duration requestTimeout,

            @Setting(
                    value = "How long a connection stays open between two requests.",
                    byDefault = "75s",
                    shortest = "1s")
            Duration idleTimeout,

            @Setting(
                    value = "How long a client may leave a response unread before its connection is closed.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration answerTimeout) {
        public Admin {
            hosts = List.copyOf(hosts);
        }
    }

    /** What a webhook is told of. */
    public enum WebhookEvent {
        /** A job was done. */
        SUCCESS,
        /** A job failed or was cancelled; also a message that could not become a job. */
        FAIL,
        /** A client has uploaded a file. */
        UPLOADED
    }

    /** A URL that receives events. */
    public record Webhook(
            @Setting("URL that receives CloudEvents, such as `https://hooks.example.com/slipway`. Redirects are not"
                    + " followed.")
            URI url,

            @Setting("Secret that signs the events, as in Standard Webhooks: `whsec_` and 24 to 64 bytes in Base64, as"
                    + " printed by `echo whsec_$(openssl rand -base64 32)`.")
            Secret secret,

            @Setting(
                    value = "Events to report: `success` and `fail` of jobs, and `uploaded`, a file that a client has"
                            + " uploaded.",
                    byDefault = "success, fail")
            Set<WebhookEvent> events) {
        public Webhook {
            events = Set.copyOf(events);
        }
    }

    /** A RabbitMQ queue for orders, and the destination of outcomes. */
    public record Amqp(
            @Setting("Host name or address of the broker. Without it, no orders are taken from a queue.") @Nullable
            String host,

            @Setting(value = "Port of the broker. Without it, 5672, or 5671 with `amqp.tls`.", least = 1, most = 65_535)
            @Nullable
            Integer port,

            @Setting(value = "Whether the connection is encrypted.", byDefault = "false")
            boolean tls,

            @Setting("PEM file with the certificates of CAs to trust for the connection to the broker, in addition to"
                    + " the usual ones.")
            @Nullable
            Path caFile,

            @Setting(value = "Virtual host.", byDefault = "/")
            String virtualHost,

            @Setting("User to log in as; required with `amqp.host`.") @Nullable
            String username,

            @Setting("Password of that user; required with `amqp.host`.") @Nullable
            Secret password,

            @Setting("Queue to take orders from; required with `amqp.host`. It must exist.") @Nullable
            String queue,

            @Setting(
                    value = "Number of messages that the broker delivers before the first of them has become a job.",
                    byDefault = "10",
                    least = 1,
                    most = 65_535)
            int prefetchCount,

            @Setting(value = "Default remote for messages without a host.", byDefault = "ssh")
            String remote,

            @Setting("Exchange to publish the outcome of each job to, unless the job's message names one. Without it,"
                    + " the default exchange.")
            @Nullable
            String outcomeExchange,

            @Setting("Routing key of these outcomes: on the default exchange, the name of a queue. Without it and"
                    + " `amqp.outcomeExchange`, only outcomes are published whose message names a destination.")
            @Nullable
            String outcomeRoutingKey) {}

    /** How the process ends. */
    public record Shutdown(
            @Setting(
                    value = "How long transfers may continue after SIGTERM. New connections are refused, and sessions"
                            + " end once they are idle. Transfers that have not finished by then are aborted."
                            + " A second signal ends the process at once.",
                    byDefault = "30s")
            Duration drain) {}

    /** The format and level of the log. */
    public enum Level {
        /** Only failures that need attention. */
        ERROR,
        /** Also problems that should be looked at. */
        WARN,
        /** Also starts and stops. */
        INFO,
        /** Also details for debugging. */
        DEBUG
    }

    /** The format of log lines. */
    public enum LogFormat {
        /** Lines for people. */
        TEXT,
        /** One JSON object per line. */
        JSON
    }

    /**
     * The log, which goes to standard error. In a program that embeds the gateway only {@code audit} has an effect: the
     * program configures its own logging.
     */
    public record Log(
            @Setting(value = "Least important level to log: `error`, `warn`, `info` or `debug`.", byDefault = "info")
            Level level,

            @Setting(
                    value = "Log format: plain text (`text`), or one JSON object per line (`json`).",
                    byDefault = "text")
            LogFormat format,

            @Setting(
                    value = "Whether to log every login, failed login, logout and file operation, regardless of"
                            + " `log.level`.",
                    byDefault = "true")
            boolean audit,

            @Setting("File for the audit log, instead of standard error. At midnight UTC the date of the ended day is"
                    + " appended to its name, and a new file begins; nothing is deleted.")
            @Nullable
            Path auditFile) {}
}
