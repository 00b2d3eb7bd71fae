package dev.slipway.app.config;

import dev.slipway.app.keys.Secret;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountOption;
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
 * Everything that can be set about a gateway. The reference, {@code docs/reference/configuration.md}, is made from the
 * annotations here. Nothing in it prints a secret.
 */
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
        /** In the path when an endpoint is set, otherwise in the host name. */
        AUTO,
        /** In the path: {@code https://host/bucket/key}. */
        TRUE,
        /** In the host name: {@code https://bucket.host/key}. */
        FALSE
    }

    /** What is sent along with the bytes so that the store can verify them. */
    public enum Checksums {
        /** CRC32, of each part and, where the store keeps it, of the whole object. */
        CRC32,
        /** Nothing: for stores that refuse such headers. */
        NONE
    }

    /** The object store. */
    public record S3(
            @Setting(
                    "URL of an S3-compatible store, such as `https://minio.example.com:9000`. Without it, Amazon S3 in `s3.region`.")
            @Nullable
            URI endpoint,

            @Setting(value = "The store's region.", byDefault = "us-east-1")
            String region,

            @Setting("The bucket of mounts that name none.") @Nullable
            String bucket,

            @Setting(
                    value =
                            "Whether the bucket's name goes into the path (`true`) or into the host name (`false`) of requests. `auto`: into the path when `s3.endpoint` is set.",
                    byDefault = "auto")
            PathStyle pathStyle,

            @Setting("Access key. Without it, the AWS default chain: environment, profile, container or instance role.")
            @Nullable
            String accessKey,

            @Setting("Secret key that belongs to `s3.accessKey`.") @Nullable
            Secret secretKey,

            @Setting(
                    "Session token that belongs to `s3.accessKey`, where the credentials are temporary. Slipway does not renew them: when they have expired, the store refuses requests.")
            @Nullable
            Secret sessionToken,

            @Setting(
                    "PEM file with the certificates of CAs that are trusted, beside the usual ones, for the connection to the store.")
            @Nullable
            Path caFile,

            @Setting(
                    "HTTP proxy on the way to the store and its token service, such as `http://proxy.example.com:3128`. It has to allow `CONNECT` to the store's port. Proxies that the environment names (`HTTPS_PROXY`) are not used.")
            @Nullable
            URI proxy,

            @Setting("User name for the proxy, where it asks for one (scheme Basic).") @Nullable
            String proxyUser,

            @Setting("Password that belongs to `s3.proxyUser`.") @Nullable
            Secret proxyPassword,

            @Setting(
                    value = "Checksum that is sent with the bytes for the store to verify: `crc32` or `none`.",
                    byDefault = "crc32")
            Checksums checksums,

            @Setting(value = "The most connections to the store.", byDefault = "256", least = 1, most = 10_000)
            int maxConnections,

            @Setting(
                    value = "The longest silence of the store within one attempt of a request.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration requestTimeout,

            @Setting(
                    value =
                            "The longest silence of the store while it copies an object, or a part of a large one: renames are copies.",
                    byDefault = "5m",
                    shortest = "1s")
            Duration copyTimeout,

            @Setting(
                    value =
                            "How many copies the store is asked for at once. They have connections of their own, beside `s3.maxConnections`.",
                    byDefault = "64",
                    least = 1,
                    most = 1000)
            int maxCopies,

            @Setting(
                    value =
                            "Whether the buckets are probed at start, as `slipway doctor` does it, and the log says what was found. The probe writes a few objects whose keys begin with `.slipway-probe-`, and removes them.",
                    byDefault = "true")
            boolean probe) {}

    /** How the store is asked to encrypt objects. */
    public enum Encryption {
        /** As the bucket's own rule says. */
        NONE,
        /** SSE-S3: with keys of the store's own. */
        S3,
        /** SSE-KMS: with a key of a key management service. */
        KMS,
        /** SSE-C: with a key that the gateway sends along, and the store forgets. */
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
        /** EC2 reads, to make a machine image of it. */
        AWS_EXEC_READ,
        /** The bucket's owner reads. */
        BUCKET_OWNER_READ,
        /** The bucket's owner does everything. */
        BUCKET_OWNER_FULL_CONTROL
    }

    /**
     * How objects are stored in a part of a bucket. What a mount shows of that part is stored so, whoever's mount it is.
     */
    public record Storage(
            @Setting("The bucket. Without it, `s3.bucket`.") @Nullable
            String bucket,

            @Setting(
                    "What the keys start with, ending with `/`, commonly the prefix of a mount. Without it, the whole bucket. Of several that fit a key the longest counts, alone.")
            @Nullable
            String prefix,

            @Setting(
                    value =
                            "How the store is asked to encrypt: `s3` (SSE-S3), `kms` (SSE-KMS), or `customer` (SSE-C: with `customerKey`, which the store does not keep). `none` asks for nothing, and the bucket's own rule holds.",
                    byDefault = "none")
            Encryption encryption,

            @Setting("For `kms`: id, ARN or alias of the key. Without it, the store's default key.") @Nullable
            String kmsKey,

            @Setting(
                    value = "For `kms`: whether an S3 Bucket Key is used, which saves requests to the key service.",
                    byDefault = "false")
            boolean bucketKey,

            @Setting(
                    "For `customer`: the key, 32 bytes in Base64, such as `openssl rand -base64 32` prints. Who loses it loses the files.")
            @Nullable
            Secret customerKey,

            @Setting("For `customer`: file with the key, instead of `customerKey`.") @Nullable
            Path customerKeyFile,

            @Setting(
                    "Storage class of what is written, such as `STANDARD_IA`, `INTELLIGENT_TIERING` or `GLACIER_IR`. What is archived (`GLACIER`, `DEEP_ARCHIVE`) can be neither read nor renamed.")
            @Nullable
            String storageClass,

            @Setting(
                    "Canned ACL of what is written: `private`, `public-read`, `public-read-write`, `authenticated-read`, `aws-exec-read`, `bucket-owner-read` or `bucket-owner-full-control`. Without it none is sent, which suits buckets without ACLs.")
            @Nullable
            CannedAcl acl,

            @Setting(
                    "ARN of a role that all requests are made in, such as `arn:aws:iam::123456789012:role/files`. The credentials of `s3` assume it.")
            @Nullable
            String role,

            @Setting("External id that the role's owner asks for.") @Nullable
            String externalId,

            @Setting(value = "Name of the gateway's sessions in the logs of the role's owner.", byDefault = "slipway")
            String sessionName,

            @Setting(
                    value =
                            "How long the role's credentials hold, from 15m to 12h. They are renewed when three quarters of it are over.",
                    byDefault = "1h",
                    shortest = "15m")
            Duration sessionDuration,

            @Setting(
                    "URL of the token service. Without it, `s3.endpoint`, as MinIO has it; without that, AWS's own of `s3.region`.")
            @Nullable
            URI stsEndpoint) {}

    /** Memory. */
    public record Memory(
            @Setting(
                    "Memory for the parts of uploads, for the whole process. Uploads that find none wait, and then fail as busy. A part is at most a quarter of it. Without it, five eighths of the direct memory that Java may use, up to 512MiB.")
            @Nullable
            DataSize parts,

            @Setting(
                    value =
                            "Size of the first parts of an upload; later ones grow. From 5MiB to a quarter of `memory.parts`.",
                    byDefault = "8MiB")
            DataSize firstPart,

            @Setting(
                    "Memory for reading ahead in downloads, for the whole process. Each download needs 1MiB. Without it, five sixteenths of the direct memory that Java may use, up to 256MiB.")
            @Nullable
            DataSize downloads,

            @Setting(
                    "Memory for blocks of uploads that arrive before their turn, for the whole process: some SFTP clients send many blocks at once. An upload takes at most 4MiB of it, an account at most half, and a write that finds none fails as busy. At least 1MiB. Without it, a sixteenth of the direct memory that Java may use, up to 32MiB.")
            @Nullable
            DataSize earlyBlocks,

            @Setting(
                    "Part of the Java heap for entries of directories that were fetched and not sent yet, for the whole process. An account takes at most half of it, and a listing that finds none fails as busy. At least 4MiB. Without it, an eighth of the heap, up to 64MiB.")
            @Nullable
            DataSize listings,

            @Setting(value = "How long an upload waits for memory before it is refused as busy.", byDefault = "30s")
            Duration admissionWait,

            @Setting(
                    value =
                            "How long an upload may stand still, waiting for its client, before it is ended as if its client had been cut off, and others get its memory. A download that stands still as long gives its memory back, too, and goes on when its client does.",
                    byDefault = "5m",
                    shortest = "1s")
            Duration idleUpload) {}

    /** What is kept outside the bucket. */
    public record State(
            @Setting(
                    value =
                            "Directory for the state database, SSH host keys, and certificates that Slipway makes itself. Made if missing. Each gateway needs one of its own.",
                    byDefault = "slipway-state")
            Path directory,

            @Setting(
                    "PostgreSQL database for the state, which several gateways may share: `jdbc:postgresql://host:5432/database`, with any of the driver's options. Without it, a SQLite file in `state.directory`. Needs PostgreSQL 12 or later, reached directly or through a pool that keeps a session's connection.")
            @Nullable
            String database,

            @Setting("User of `state.database`.") @Nullable String user,

            @Setting("Password of `state.user`.") @Nullable Secret password) {}

    /** The FTP and FTPS listeners. */
    public record Ftps(
            @Setting(value = "Address or host name to listen on.", byDefault = "0.0.0.0")
            String bind,

            @Setting(
                    value = "Control port of explicit FTPS (`AUTH TLS`), or `off`. 0 takes a free port.",
                    byDefault = "8021")
            ListenPort explicitPort,

            @Setting(
                    value = "Control port of implicit FTPS, commonly 990, or `off`. 0 takes a free port.",
                    byDefault = "off")
            ListenPort implicitPort,

            @Setting(
                    value =
                            "Whether clients may use implicit TLS on `ftps.explicitPort`, too. A client that starts TLS within `ftps.implicitTlsWindow` after it has connected uses implicit TLS; any other client is sent the greeting in the clear, and uses explicit TLS.",
                    byDefault = "false")
            boolean detectImplicitTls,

            @Setting(
                    value =
                            "How long a client has to start TLS with `ftps.detectImplicitTls`, from 10ms to 10s. Clients that use explicit TLS wait as long for the greeting.",
                    byDefault = "500ms",
                    shortest = "10ms")
            Duration implicitTlsWindow,

            @Setting(
                    value =
                            "Ports for passive data connections, used in random order. Each transfer or listing under way needs one. 0 takes free ones. Without a configuration file, the default is `8022-8042`.",
                    byDefault = "20000-20499")
            PortRange passivePorts,

            @Setting(
                    "Address or host name that clients reach the passive ports at, where it differs from the address they connected to: behind NAT, in a container, behind a load balancer.")
            @Nullable
            String externalAddress,

            @Setting(
                    "PEM file with the server's certificate and those that lead to its root. Without it, and without `ftps.keyStore`, a development certificate is made in `state.directory`.")
            @Nullable
            Path certificate,

            @Setting("PEM file with the private key of `ftps.certificate`: PKCS#8, PKCS#1 or SEC1.") @Nullable
            Path key,

            @Setting("Password of `ftps.key` where it is encrypted.") @Nullable
            Secret keyPassword,

            @Setting("PKCS#12 file with certificate and key, instead of `ftps.certificate` and `ftps.key`.") @Nullable
            Path keyStore,

            @Setting("Password of `ftps.keyStore`.") @Nullable
            Secret keyStorePassword,

            @Setting(
                    value =
                            "Host names and addresses in the development certificate that is made when none is configured.",
                    byDefault = "localhost, 127.0.0.1, ::1")
            List<String> hostNames,

            @Setting(
                    value =
                            "Whether clients may log in without TLS. Passwords and files then cross the network in the clear.",
                    byDefault = "false")
            boolean plain,

            @Setting(value = "Whether data connections must be encrypted too (`PROT P`).", byDefault = "true")
            boolean requireDataProtection,

            @Setting(
                    value =
                            "Whether an upload counts as complete only after TLS has said so (close_notify). Without it, a cut connection cannot be told from the end of the file. Turn off only for clients that never send it.",
                    byDefault = "true")
            boolean requireCloseNotify,

            @Setting(value = "The oldest version of TLS that is spoken: `1.2` or `1.3`.", byDefault = "1.2")
            TlsVersion minimumTls,

            @Setting(
                    value =
                            "Whose TLS is spoken. `native`: BoringSSL's, which takes a third of the CPU time for a handshake. The Java runtime's is taken all the same where the library does not load (it is there for Linux with glibc, macOS and Windows), for keys that are neither RSA nor EC, with `ftps.clientCertificates`, and where Java has a cipher suite of TLS 1.3 disabled. `jdk`: always the Java runtime's.",
                    byDefault = "native")
            TlsProvider tlsProvider,

            @Setting(
                    value =
                            "Whether data connections resume the TLS session of their control connection, which proves that they come from the same client. `adaptive`: they may, and a client that has resumed its session must go on doing so (FTP 522 otherwise). `require`: they must from the first one on; some clients cannot. `off`: each begins a session of its own.",
                    byDefault = "adaptive")
            SessionReuse sessionReuse,

            @Setting(
                    value =
                            "Whether clients show a TLS certificate, beside the password: `off`, `optional` or `required`. One that is shown must come from a CA in `ftps.clientCaFile`, and data connections must show the same.",
                    byDefault = "off")
            ClientCertificates clientCertificates,

            @Setting("PEM file with the certificates of the CAs whose clients are trusted.") @Nullable
            Path clientCaFile,

            @Setting(
                    value =
                            "Whether the server connects to clients for data where they ask for it (`PORT`, `EPRT`), and then only to their own address.",
                    byDefault = "false")
            boolean active,

            @Setting(
                    value =
                            "Whether `TYPE A` converts line ends: CRLF on the network, LF in the store. With `false` files are sent as they are in it too.",
                    byDefault = "true")
            boolean convertAscii,

            @Setting(
                    value =
                            "How long a session may do nothing, and a transfer stand still because of the client, before it is closed.",
                    byDefault = "5m",
                    shortest = "1s")
            Duration idleTimeout,

            @Setting(
                    value = "How long a data connection may take to come about.",
                    byDefault = "30s",
                    shortest = "100ms")
            Duration dataConnectionTimeout,

            @Setting(
                    value = "How long a connection may take to log in, TLS included.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration authenticationTimeout,

            @Setting(
                    value = "The most control connections that are logged in. A login beyond it is refused.",
                    byDefault = "1000",
                    least = 1)
            int maxSessions,

            @Setting(
                    value =
                            "The most control connections that are not logged in; further ones are refused. They take no place of `ftps.maxSessions`.",
                    byDefault = "500",
                    least = 1)
            int maxUnauthenticatedConnections,

            @Setting(
                    value =
                            "The most of these from one address (of IPv6: from a /64 network); further ones are refused. Raise it where many clients behind one address connect at the same moment.",
                    byDefault = "64",
                    least = 1)
            int maxUnauthenticatedPerAddress,

            @Setting(
                    value =
                            "From how many connections that are not logged in on a new one is refused at random, so that whoever holds many open keeps nobody out for good.",
                    byDefault = "300",
                    least = 1)
            int randomDropFrom,

            @Setting(
                    value =
                            "The probability of that, in percent; it rises evenly to 100 at `ftps.maxUnauthenticatedConnections`.",
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

            @Setting(value = "Port of SFTP and SCP, or `off`. 0 takes a free port.", byDefault = "2222")
            ListenPort port,

            @Setting(
                    "Directory with the SSH host keys, named as OpenSSH names them (`ssh_host_ed25519_key` and so on). Without it, `ssh` in `state.directory`. Keys are made if there are none.")
            @Nullable
            Path hostKeys,

            @Setting(
                    value = "How long a session may stay without a packet in either direction before it is closed.",
                    byDefault = "10m",
                    shortest = "1s")
            Duration idleTimeout,

            @Setting(
                    value = "How long a connection may take to log in, the key exchange included.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration authenticationTimeout,

            @Setting(
                    value = "After how many attempts to log in a connection is closed. A public key takes two.",
                    byDefault = "10",
                    least = 1,
                    most = 100)
            int maxAuthenticationTries,

            @Setting(
                    value = "The most connections that are logged in. A login beyond it is refused.",
                    byDefault = "1000",
                    least = 1)
            int maxSessions,

            @Setting(
                    value =
                            "The most connections that are not logged in; further ones are refused. They take no place of `sftp.maxSessions`. Each may take 200KiB of the Java heap, and all together half of it: the default is lower where the heap is small, and a larger value that does not fit is refused at the start.",
                    byDefault = "500",
                    least = 1)
            int maxUnauthenticatedConnections,

            @Setting(
                    value =
                            "The most of these from one address (of IPv6: from a /64 network); further ones are refused. Raise it where many clients behind one address connect at the same moment.",
                    byDefault = "64",
                    least = 1)
            int maxUnauthenticatedPerAddress,

            @Setting(
                    value =
                            "From how many connections that are not logged in on a new one is refused at random, so that whoever holds many open keeps nobody out for good.",
                    byDefault = "300",
                    least = 1)
            int randomDropFrom,

            @Setting(
                    value =
                            "The probability of that, in percent; it rises evenly to 100 at `sftp.maxUnauthenticatedConnections`.",
                    byDefault = "30",
                    least = 1,
                    most = 100)
            int randomDropPercent,

            @Setting(value = "The most channels of one connection.", byDefault = "10", least = 1, most = 1000)
            int maxChannels,

            @Setting(
                    value = "The most files and directories that one connection has open.",
                    byDefault = "256",
                    least = 1,
                    most = 100_000)
            int maxOpenHandles,

            @Setting(
                    value = "The most files and directories that all connections together have open.",
                    byDefault = "10000",
                    least = 1)
            int maxTotalOpenHandles,

            @Setting(
                    value =
                            "Part of the Java heap for what clients send ahead, for the whole process. A channel begins with 256KiB of it and takes up to 16MiB while its client is far away. When half is in use, further channels get 64KiB, and when all is in use, they are refused. From 1MiB to 64GiB, and at most half of the heap. Without it, a quarter of the heap, up to 128MiB.",
                    replaces = "receiveWindow")
            @Nullable
            DataSize windowMemory,

            @Setting(
                    value =
                            "Whether algorithms that are no longer secure are offered, behind all others, for clients of ten years ago: `ssh-rsa`, `diffie-hellman-group14-sha1`, AES in CBC mode, `hmac-sha1`. Only accounts with the option `legacy-algorithms` may log in with them.",
                    byDefault = "false")
            boolean legacyAlgorithms,

            @Setting(
                    "Key exchanges that are offered behind all others, for clients that have nothing better: `group16` (`diffie-hellman-group16-sha512`), `group-exchange` (`diffie-hellman-group-exchange-sha256`, with up to 4096 bits). Each costs up to ten times the CPU time of the others.")
            Set<ExtraKeyExchange> extraKeyExchanges,

            @Setting(
                    value =
                            "The most key exchanges that wait for their turn. A client that logs in beyond that is disconnected. Half of the processors compute key exchanges; clients from different addresses take turns.",
                    byDefault = "300",
                    least = 1)
            int maxKeyExchanges,

            @Setting(
                    value = "The most of these from one address (of IPv6: from a /64 network).",
                    byDefault = "100",
                    least = 1)
            int maxKeyExchangesPerAddress,

            @Setting(
                    value =
                            "The shortest time between two key exchanges of a session. A client that asks for new keys more often waits. At most `1m`.",
                    byDefault = "1s")
            Duration rekeyInterval,

            @Setting(
                    "Public keys of the authorities whose OpenSSH user certificates log in the accounts that they name, each a line as in `authorized_keys`.")
            List<String> trustedUserCaKeys,

            @Setting("File with such keys, one in each line. It is read again when it has changed.") @Nullable
            Path trustedUserCaFile,

            @Setting(
                    "File that says which keys and certificates log in nobody any more: public keys, and lines such as `serial: 7`, `serial: 10-20`, `id: anna@laptop` or `sha256: …` (the text from which `ssh-keygen -k` makes a revocation list; the list itself is not read). It is read again when it has changed.")
            @Nullable
            Path revokedKeys) {
        public Sftp {
            extraKeyExchanges = Set.copyOf(extraKeyExchanges);
            trustedUserCaKeys = List.copyOf(trustedUserCaKeys);
        }
    }

    /** Load balancers in front of the listeners. */
    public record ProxyProtocol(
            @Setting(
                    "Networks of load balancers that begin each connection with a header of the PROXY protocol, version 1 or 2, such as `10.0.0.0/8`. It says whom the connection is from. From these networks, connections without a header are closed; from everywhere else, headers are not understood.")
            List<Network> trusted) {
        public ProxyProtocol {
            trusted = List.copyOf(trusted);
        }
    }

    /** How failed logins are answered. */
    public record Logins(
            @Setting(
                    value =
                            "How many failed logins an address (of IPv6: a /64 network) has. When they are used up, logins from there are refused, except those of accounts that have logged in from there lately.",
                    byDefault = "20",
                    least = 1)
            int failuresPerAddress,

            @Setting(
                    value =
                            "After how many failed logins from one address an account is refused from there for a while.",
                    byDefault = "5",
                    least = 1)
            int failuresPerAccount,

            @Setting(
                    value =
                            "After how long failed logins are forgotten: those of an address evenly, one by one; those of an account, when none has come for this long.",
                    byDefault = "10m")
            Duration forgetAfter,

            @Setting(
                    value = "How long an account's first refusal lasts; each further failure doubles it.",
                    byDefault = "1s")
            Duration firstRefusal,

            @Setting(value = "The longest such refusal.", byDefault = "15m")
            Duration longestRefusal,

            @Setting(
                    value =
                            "For how long an account that has logged in from an address may go on to do so when that address has used up its failed logins.",
                    byDefault = "1d")
            Duration trustedFor,

            @Setting(
                    value =
                            "For how long a password that was right is known again without the work of hashing it. A changed account is never known again.",
                    byDefault = "5m")
            Duration verifiedFor,

            @Setting(
                    value =
                            "How many passwords are checked at once, or wait for that; further logins fail. Two are computed at a time.",
                    byDefault = "100",
                    least = 1)
            int maxChecks) {}

    /** Uploads that are cut off, and with which their accounts can go on. */
    public record Resume(
            @Setting(
                    value =
                            "For how long uploads that were cut off are kept in the store. After that, the next sweep (every 5 minutes) aborts them.",
                    byDefault = "1d",
                    shortest = "1s")
            Duration keepFor,

            @Setting(
                    value = "The most of them that are kept for an account; the oldest give way to newer ones.",
                    byDefault = "1000",
                    least = 1)
            int maxPerAccount) {}

    /** How much accounts may store. */
    public record Quota(
            @Setting(
                    value =
                            "How many bytes an account may store that says nothing of its own (`quotaBytes`). What counts is what is below its writable mounts, whoever has put it there.",
                    byDefault = "unlimited")
            SizeLimit bytes,

            @Setting(value = "Likewise how many files (`quotaFiles`).", byDefault = "unlimited")
            CountLimit files,

            @Setting(
                    value =
                            "How often what is stored is counted anew, by listing it, where accounts have quotas. Between two counts only what goes through the gateway is noticed.",
                    byDefault = "24h",
                    shortest = "1m")
            Duration recountEvery) {}

    /** How fast files are transferred, in bytes each second. */
    public record Bandwidth(
            @Setting(value = "How many bytes each second all uploads together may bring.", byDefault = "unlimited")
            SizeLimit upload,

            @Setting(value = "How many bytes each second all downloads together may take.", byDefault = "unlimited")
            SizeLimit download,

            @Setting(
                    value =
                            "How many bytes each second the uploads of an account may bring that says nothing of its own (`uploadRate`), all its sessions together.",
                    byDefault = "unlimited")
            SizeLimit accountUpload,

            @Setting(value = "Likewise its downloads (`downloadRate`).", byDefault = "unlimited")
            SizeLimit accountDownload) {}

    /** Somebody who may log in. */
    public record Account(
            @Setting("The name to log in with.") String name,

            @Setting("The password in the clear. Prefer `passwordHash`.") @Nullable
            Secret password,

            @Setting("The password's Argon2id hash, as `slipway hash-password` prints it.") @Nullable
            Secret passwordHash,

            @Setting("Public keys, each a line as in OpenSSH's `authorized_keys` (SFTP and SCP only).")
            List<String> authorizedKeys,

            @Setting(
                    "Whose SSH certificates log the account in: one of these must be among the certificate's principals. Without any, the account's name. See `sftp.trustedUserCaKeys`.")
            Set<String> principals,

            @Setting("What the account sees. Without any, the whole bucket `s3.bucket` at `/`.")
            List<Mount> mounts,

            @Setting(
                    value =
                            "What the account may do: any of `list`, `read`, `write`, `overwrite`, `delete`, `rename`, `mkdir`.",
                    byDefault = "list, read, write, overwrite, delete, rename, mkdir")
            Set<Permission> permissions,

            @Setting(value = "How the account may log in: `ftps`, `sftp` or both.", byDefault = "ftps, sftp")
            Set<Protocol> protocols,

            @Setting("From where it may log in, such as `192.0.2.0/24`. Without any, from everywhere.")
            List<Network> networks,

            @Setting(
                    "From when on nobody logs in any more: `2030-01-31` (its first moment, in UTC) or `2030-01-31T18:00:00Z`.")
            @Nullable
            Instant expires,

            @Setting(value = "The most sessions at once, by all protocols together.", least = 1) @Nullable
            Integer maxSessions,

            @Setting(
                    "What the account is allowed beyond the rules for all: `legacy-algorithms` (logs in over SSH connections that use outdated algorithms, where the listener offers any), `missing-close-notify` (its FTPS uploads are complete when the connection ends, even if TLS has not said so; a cut connection cannot be told from the end of the file), `upload-md5`, `upload-sha1`, `upload-sha256`, `upload-sha512` (the digest of each of its uploads is computed as it arrives, rather than by reading the object when somebody asks), `push` (has its files sent to remote servers, by FTP's `SITE PUSH`), `admin` (runs all commands over SSH, whatever its mounts and permissions).")
            Set<AccountOption> options,

            @Setting(
                    value =
                            "What becomes of uploads that are cut off. `off`: they are aborted. `stat`: the account can go on with them, and sees their sizes where it asks for a path. `listed`: it sees them in listings, too, as some clients need it.",
                    byDefault = "stat")
            ResumePolicy resume,

            @Setting("How many bytes it may store below its writable mounts. Without it, `quota.bytes`.") @Nullable
            SizeLimit quotaBytes,

            @Setting("How many files it may store there. Without it, `quota.files`.") @Nullable
            CountLimit quotaFiles,

            @Setting(
                    "How many bytes each second its uploads may bring, all sessions together. Without it, `bandwidth.accountUpload`.")
            @Nullable
            SizeLimit uploadRate,

            @Setting(
                    "How many bytes each second its downloads may take, all sessions together. Without it, `bandwidth.accountDownload`.")
            @Nullable
            SizeLimit downloadRate,

            @Setting(
                    "The remotes that the account may send files to, with the option `push`: names from `remotes`, or of `slipway remote add`. Without any, none. Accounts with the option `admin` may use all.")
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
    }

    /** A place where an account sees a part of a bucket. */
    public record Mount(
            @Setting(value = "Where it appears.", byDefault = "/")
            String path,

            @Setting("The bucket. Without it, `s3.bucket`.") @Nullable
            String bucket,

            @Setting("What the keys start with, ending with `/`. Without it, the whole bucket.") @Nullable
            String prefix,

            @Setting(value = "Whether nothing below it can be changed.", byDefault = "false")
            boolean readOnly) {}

    /** A server that files are sent to over SSH. */
    public record Remote(
            @Setting("What orders call it by: letters, digits, `.`, `-` and `_`.")
            String name,

            @Setting("Address or host name.") String host,

            @Setting(value = "Port of its SSH server.", byDefault = "22", least = 1, most = 65_535)
            int port,

            @Setting("Who to log in as.") String user,

            @Setting("The password; also the answer where the server asks for one (keyboard-interactive).") @Nullable
            Secret password,

            @Setting("Instead of a password, a private key in OpenSSH's or PEM form.") @Nullable
            Secret key,

            @Setting("File with the private key, instead of `key`.") @Nullable
            Path keyFile,

            @Setting("Passphrase of the private key where it is encrypted.") @Nullable
            Secret passphrase,

            @Setting(
                    value = "Instead of password and key, the keys of the agent at `SSH_AUTH_SOCK`.",
                    byDefault = "false")
            boolean agent,

            @Setting(
                    "Who it has to be, any of these: a public key as in `known_hosts` (`ssh-ed25519 AAAA…`), a fingerprint (`SHA256:…`), or `\"@cert-authority ssh-ed25519 AAAA…\"` (in quotes) for host certificates with the host's name among their principals. A server that is none of them is refused.")
            List<String> hostKeys,

            @Setting(
                    "File in the form of OpenSSH's `known_hosts`, read at the start: the host's keys in it are known, beside `hostKeys`.")
            @Nullable
            Path knownHostsFile,

            @Setting(
                    "Absolute paths: nothing is written outside of these folders. Without any, files may be written anywhere, and only administrators may send them; `/` allows anywhere for everybody who may use the remote.")
            List<String> folders,

            @Setting(
                    value =
                            "How bytes get there. `direct`: the remote fetches them from the store itself, with curl. `streaming`: the gateway reads them from the store and writes them over SFTP. `auto`: direct where the remote can.",
                    byDefault = "auto")
            TransferMode mode,

            @Setting(value = "The most jobs at once.", byDefault = "4", least = 1, most = 1000)
            int maxJobs,

            @Setting(value = "The most parts of one file at once.", byDefault = "4", least = 1, most = 64)
            int maxChannels,

            @Setting(
                    value =
                            "How much of its file system is to be free after a file, in percent. Without it, what the gateway has for all remotes.",
                    most = 100)
            @Nullable
            Integer freeSpacePercentage,

            @Setting("The path whose file system is measured. Without it, the one of the destination.") @Nullable
            String fileSystem,

            @Setting(
                    value =
                            "Whether files may be written whose path, below the folder, has a part that begins with a dot, such as `.ssh/authorized_keys` or `.profile`. Whoever writes such files in a home folder may log in or run programs there.",
                    byDefault = "false")
            boolean dotFiles) {
        public Remote {
            hostKeys = List.copyOf(hostKeys);
            folders = List.copyOf(folders);
        }
    }

    /** Jobs that send files to other servers. */
    public record Transfer(
            @Setting(value = "How many jobs this gateway works on at once.", byDefault = "8", least = 1, most = 1000)
            int maxJobs,

            @Setting(
                    value =
                            "How much of a remote's file system has to stay free after a file, in percent; a job waits until that is so. A remote's own `freeSpacePercentage` comes first. Without any it is not looked at.",
                    most = 100)
            @Nullable
            Integer freeSpacePercentage,

            @Setting(
                    value = "How long a job waits before it looks again whether a remote has room.",
                    byDefault = "120s",
                    shortest = "1s")
            Duration spaceInterval,

            @Setting(
                    "Where remotes reach the store that fetch from it themselves, if that is not `s3.endpoint`: such as `https://s3.internal.example.com`.")
            @Nullable
            URI storeEndpoint,

            @Setting(
                    value =
                            "How long a URL can be used that a remote is given to fetch from the store. One that expires in the middle is signed anew; at most 7 days.",
                    byDefault = "1h",
                    shortest = "1m")
            Duration urlLifetime,

            @Setting(
                    "The only URLs that pushes may fetch from: hosts (`media.example.com`, `*.example.com`) or beginnings of URLs (`https://media.example.com/out/`). Without any, all hosts but those that `transfer.urlNetworks` is about.")
            List<String> urlSources,

            @Setting(
                    "Networks that such URLs may lie in although they belong to the machine itself (`127.0.0.0/8`), to its link (`169.254.0.0/16`, `fe80::/10`) or to a cloud's metadata service. Without any, such addresses are refused, whatever name leads to them.")
            List<Network> urlNetworks,

            @Setting(value = "How long jobs are kept that have ended.", byDefault = "90d")
            Duration keepFor,

            @Setting(
                    "The key that secrets in the state database are encrypted with: 32 bytes in Base64, such as `openssl rand -base64 32` prints. `SLIPWAY_SECRET_KEY` sets it, too. Gateways that share a database need the same one.")
            @Nullable
            Secret secretKey,

            @Setting(
                    "File with that key, instead of `transfer.secretKey`. Without either, `secret.key` in `state.directory`, which is made at the first start.")
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
                    value =
                            "Port of the HTTP API, of `/metrics` for Prometheus, `/healthz` and `/readyz`, or `off`. 0 takes a free port.",
                    byDefault = "off")
            ListenPort port,

            @Setting(
                    value =
                            "Address or host name to listen on. Whoever reaches it can read the metrics: nobody is asked for a password. The API, which needs a token or a login, is served on other addresses than loopback only with `admin.tls` or `admin.tlsProxy`.",
                    byDefault = "127.0.0.1")
            String bind,

            @Setting(value = "Whether to speak HTTPS, with the certificate of FTPS.", byDefault = "false")
            boolean tls,

            @Setting(
                    value =
                            "Whether a proxy with TLS is before it, and nobody else reaches it. The last address in the proxy's `X-Forwarded-For` is taken for the client's.",
                    byDefault = "false")
            boolean tlsProxy,

            @Setting(
                    "Names that the listener answers to, such as `gateway.example.com`: the host part of the URL that browsers, programs and Prometheus use. IP addresses, `localhost` and the name in `admin.bind` always work, and `/healthz` works under any name. Requests for another name get 421, which protects against DNS rebinding. With `admin.tls`, no names at all mean that every name works, because clients compare it with the certificate.")
            List<String> hosts,

            @Setting(
                    value =
                            "The most connections at once. At the limit, a new connection replaces the one that has waited longest for its client; where none waits, it is closed.",
                    byDefault = "512",
                    least = 16,
                    most = 100_000)
            int maxConnections,

            @Setting(
                    value =
                            "The most connections of one address, or of one IPv6 network of 64 bits. Not applied with `admin.tlsProxy`, where all connections come from the proxy.",
                    byDefault = "128",
                    least = 1,
                    most = 100_000)
            int maxConnectionsPerAddress,

            @Setting(
                    value =
                            "How long a request, head and body, may take to arrive: from its first byte, or from the beginning of the connection.",
                    byDefault = "20s",
                    shortest = "1s")
            Duration requestTimeout,

            @Setting(
                    value = "How long a connection stays open between two requests.",
                    byDefault = "75s",
                    shortest = "1s")
            Duration idleTimeout,

            @Setting(
                    value = "How long a client may leave what it is sent unread before its connection is closed.",
                    byDefault = "30s",
                    shortest = "1s")
            Duration answerTimeout) {
        public Admin {
            hosts = List.copyOf(hosts);
        }
    }

    /** What comes of a job. */
    public enum JobOutcome {
        /** It was done. */
        SUCCESS,
        /** It was not, or was cancelled; also a message that could not become a job. */
        FAIL
    }

    /** A URL that is told what comes of jobs. */
    public record Webhook(
            @Setting(
                    "URL that a CloudEvent is sent to when a job has ended, such as `https://hooks.example.com/slipway`. Redirects are not followed.")
            URI url,

            @Setting(
                    "What the events are signed with, as Standard Webhooks have it: `whsec_` and 24 to 64 bytes in Base64, such as `echo whsec_$(openssl rand -base64 32)` prints.")
            Secret secret,

            @Setting(value = "Which outcomes it is told of: `success`, `fail` or both.", byDefault = "success, fail")
            Set<JobOutcome> events) {
        public Webhook {
            events = Set.copyOf(events);
        }
    }

    /** The queue of a RabbitMQ broker that orders come from, and where outcomes go. */
    public record Amqp(
            @Setting("Host name or address of the broker. Without it, no broker is asked.") @Nullable
            String host,

            @Setting(value = "Its port. Without it, 5672, or 5671 with `amqp.tls`.", least = 1, most = 65_535) @Nullable
            Integer port,

            @Setting(value = "Whether the connection is encrypted.", byDefault = "false")
            boolean tls,

            @Setting(
                    "PEM file with the certificates of CAs that are trusted, beside the usual ones, for the connection to the broker.")
            @Nullable
            Path caFile,

            @Setting(value = "Virtual host.", byDefault = "/")
            String virtualHost,

            @Setting("User to log in as; required with `amqp.host`.") @Nullable
            String username,

            @Setting("The user's password; required with `amqp.host`.") @Nullable
            Secret password,

            @Setting("Queue that orders come from; required with `amqp.host`. It is not made.") @Nullable
            String queue,

            @Setting(
                    value = "How many messages the broker hands over before the first of them has become a job.",
                    byDefault = "10",
                    least = 1,
                    most = 65_535)
            int prefetchCount,

            @Setting(value = "The remote that messages go to which name no host.", byDefault = "ssh")
            String remote,

            @Setting(
                    "Exchange that the outcome of each job is published to, unless the job's message has named one. Without it, the default exchange.")
            @Nullable
            String outcomeExchange,

            @Setting(
                    "Routing key of these outcomes: on the default exchange, the name of a queue. Without it and without `amqp.outcomeExchange`, only those are published that a message has named a place for.")
            @Nullable
            String outcomeRoutingKey) {}

    /** How the process ends. */
    public record Shutdown(
            @Setting(
                    value =
                            "How long transfers may go on after SIGTERM. New connections are refused, and sessions end as soon as they do nothing. What is not over then is aborted. A second signal ends the process at once.",
                    byDefault = "30s")
            Duration drain) {}

    /** What a log line looks like and which there are. */
    public enum Level {
        /** Only failures that need somebody. */
        ERROR,
        /** Also what should be looked at. */
        WARN,
        /** Also what was started and stopped. */
        INFO,
        /** Also what helps to find a fault. */
        DEBUG
    }

    /** What a log line looks like. */
    public enum LogFormat {
        /** Lines for people. */
        TEXT,
        /** One JSON object per line. */
        JSON
    }

    /**
     * The log, which goes to standard error. In a program that embeds the gateway only {@code audit} is heeded: how and
     * where that program logs is its own affair.
     */
    public record Log(
            @Setting(
                    value = "The least important lines that are logged: `error`, `warn`, `info` or `debug`.",
                    byDefault = "info")
            Level level,

            @Setting(value = "Lines for people (`text`), or one JSON object per line (`json`).", byDefault = "text")
            LogFormat format,

            @Setting(
                    value =
                            "Whether every login, failed login, logout and file operation is logged, whatever `log.level` is.",
                    byDefault = "true")
            boolean audit,

            @Setting(
                    "File for the lines of `log.audit`, instead of standard error. At midnight UTC it gets the ended day's date at the end of its name, and a new one begins; nothing is deleted.")
            @Nullable
            Path auditFile) {}
}
