package dev.slipway.app.config;

import dev.slipway.admin.http.HttpSettings;
import dev.slipway.core.Protocol;
import dev.slipway.core.account.AccountDefinition;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.LoginLimits;
import dev.slipway.core.account.MountDefinition;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.ResumePolicy;
import dev.slipway.core.net.ProxyProtocol;
import dev.slipway.core.quota.QuotaSettings;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.state.StateSettings;
import dev.slipway.core.store.MemorySettings;
import dev.slipway.core.store.ResumeSettings;
import dev.slipway.core.store.s3.S3Settings;
import dev.slipway.core.store.s3.StorageSettings;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import dev.slipway.core.vfs.BandwidthSettings;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ingest.archive.ArchiveSettings;
import dev.slipway.ingest.archive.ManifestSettings;
import dev.slipway.ingest.mail.MailSettings;
import dev.slipway.ingest.openpgp.OpenPgpKeySettings;
import dev.slipway.ingest.pull.PullSettings;
import dev.slipway.ingest.retention.RetentionSettings;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.scan.ScanSettings;
import dev.slipway.ingest.watch.WatchSettings;
import dev.slipway.sftp.SftpSettings;
import dev.slipway.transfer.TransferSettings;
import dev.slipway.transfer.amqp.AmqpSettings;
import dev.slipway.transfer.remote.TransferMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All settings of a gateway, in the order of the configuration file. Each section is a record of the module that uses
 * it; those of the application itself are here. The reference, {@code docs/reference/configuration.md}, is generated
 * from their annotations. {@code toString} never shows secrets.
 */
@SuppressWarnings("exports") // only Slipway itself uses it
public record GatewaySettings(
        S3Settings s3,
        List<StorageSettings> storage,
        MemorySettings memory,
        StateSettings state,
        FtpsSettings ftps,
        SftpSettings sftp,
        ProxyProtocol proxyProtocol,
        LoginLimits logins,
        ResumeSettings resume,
        QuotaSettings quota,
        BandwidthSettings bandwidth,
        List<Account> accounts,
        List<Remote> remotes,
        TransferSettings transfer,
        List<PullSettings> pulls,
        List<WatchSettings> watches,
        List<ArchiveSettings> archives,
        ManifestSettings manifest,
        List<RetentionSettings> retention,
        HttpSettings admin,
        List<Webhook> webhooks,
        AmqpSettings amqp,
        ScanSettings scan,
        List<OpenPgpKeySettings> openpgpKeys,
        List<RuleSettings> rules,
        MailSettings mail,
        Shutdown shutdown,
        Log log) {
    public GatewaySettings {
        storage = List.copyOf(storage);
        accounts = List.copyOf(accounts);
        webhooks = List.copyOf(webhooks);
        remotes = List.copyOf(remotes);
        pulls = List.copyOf(pulls);
        watches = List.copyOf(watches);
        archives = List.copyOf(archives);
        retention = List.copyOf(retention);
        openpgpKeys = List.copyOf(openpgpKeys);
        rules = List.copyOf(rules);
    }

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

            @Setting(
                    value =
                            "Protocols that the account may use: any of `ftps`, `sftp`, `http`. The last is for its files"
                                    + " in the web console and over the HTTP API.",
                    byDefault = "ftps, sftp, http")
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
                    + " asked for), `posix-attributes` (keeps the modes, owners and groups of files that clients"
                    + " set), `push` (may push files to remote servers, with FTP's `SITE PUSH`),"
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
            boolean readOnly,

            @Setting(
                    value = "Whether files that were moved into archives still appear at their original paths.",
                    byDefault = "false")
            boolean archives) {
        MountDefinition definition() {
            return new MountDefinition(path, bucket, prefix, readOnly, archives);
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
            boolean dotFiles,

            @Setting(
                    value =
                            "Whether algorithms that are no longer safe are offered, too, such as key exchanges with SHA-1"
                                    + " and ciphers in CBC mode. Only for servers that are too old for others and cannot be"
                                    + " updated.",
                    byDefault = "false")
            boolean legacyAlgorithms) {
        public Remote {
            hostKeys = List.copyOf(hostKeys);
            folders = List.copyOf(folders);
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
            Path auditFile,

            @Setting(
                    "Address or host name of a syslog server. The log and the audit log are sent to it as well, as RFC 5424"
                            + " over TCP. While it cannot be reached, 8192 lines wait, and more are dropped.")
            @Nullable
            String syslogHost,

            @Setting(value = "Port of the syslog server.", byDefault = "514", least = 1, most = 65_535)
            int syslogPort,

            @Setting(
                    value = "Whether to use TLS, with a certificate for the server's name that Java trusts.",
                    byDefault = "false")
            boolean syslogTls) {}
}
