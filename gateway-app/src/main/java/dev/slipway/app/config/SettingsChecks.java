package dev.slipway.app.config;

import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.NameRule;
import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.store.s3.CustomerKey;
import dev.slipway.core.unit.DataSize;
import dev.slipway.ftps.ClientCertificates;
import dev.slipway.transfer.outcome.WebhookSecret;
import dev.slipway.transfer.push.SourceRules;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Checks across settings that are valid individually. */
final class SettingsChecks {
    /** S3 signs for no longer (Signature Version 4, query parameters). */
    private static final Duration LONGEST_URL_LIFETIME = Duration.ofDays(7);

    /** The minimum size of an S3 part other than the last. */
    private static final long SMALLEST_PART = 5L << 20;

    private static final long SMALLEST_DOWNLOADS = 8L << 20;
    private static final long SMALLEST_EARLY_BLOCKS = 1 << 20;
    private static final long SMALLEST_LISTINGS = 4 << 20;

    private final GatewaySettings settings;
    private final List<Problem> problems;

    private SettingsChecks(GatewaySettings settings, List<Problem> problems) {
        this.settings = settings;
        this.problems = problems;
    }

    static void check(GatewaySettings settings, List<Problem> problems) {
        SettingsChecks checks = new SettingsChecks(settings, problems);
        checks.checkStore(settings.s3());
        checks.checkStorage(settings.s3(), settings.storage());
        checks.checkMemory(settings.memory());
        checks.checkState(settings.state());
        checks.checkListeners(settings.ftps(), settings.sftp());
        checks.checkAdmin(settings.admin());
        checks.checkCertificate(settings.ftps());
        checks.checkWindow(settings.sftp());
        checks.checkAuthorities(settings.sftp());
        checks.checkLogins(settings.logins());
        checks.checkAccounts(settings.accounts());
        checks.checkWebhooks(settings.webhooks());
        checks.checkAmqp(settings.amqp());
        checks.checkRemotes(settings.remotes());
        checks.checkTransfer(settings.transfer());
        checks.checkLog(settings.log());
    }

    private void problem(String key, @Nullable Object value, String expected) {
        problems.add(new Problem("", key, value == null ? null : Values.show(value), expected));
    }

    private void checkStore(GatewaySettings.S3 s3) {
        if (s3.accessKey() != null && s3.secretKey() == null) {
            problem("s3.secretKey", null, "is required with s3.accessKey");
        }
        if (s3.accessKey() == null && s3.secretKey() != null) {
            problem("s3.accessKey", null, "is required with s3.secretKey");
        }
        if (s3.accessKey() == null && s3.sessionToken() != null) {
            problem("s3.accessKey", null, "is required with s3.sessionToken");
        }
        checkName("s3.bucket", s3.bucket(), NameRule.BUCKET);
        URI endpoint = s3.endpoint();
        if (endpoint != null
                && endpoint.getRawPath() != null
                && !endpoint.getRawPath().isEmpty()
                && !endpoint.getRawPath().equals("/")) {
            problem("s3.endpoint", endpoint, "must not have a path; the bucket goes into s3.bucket");
        }
        checkNoQuery("s3.endpoint", endpoint);
        checkProxy(s3);
    }

    private void checkNoQuery(String key, @Nullable URI url) {
        if (url != null && url.getRawQuery() != null) {
            problem(key, url, "must not have a query ('?')");
        }
    }

    private void checkProxy(GatewaySettings.S3 s3) {
        URI proxy = s3.proxy();
        if (proxy == null) {
            if (s3.proxyUser() != null) {
                problem("s3.proxyUser", s3.proxyUser(), "requires s3.proxy");
            }
        } else if (proxy.getRawUserInfo() != null) {
            problem("s3.proxy", proxy, "must not contain a user; use s3.proxyUser and s3.proxyPassword");
        } else if (!"http".equals(proxy.getScheme())) {
            problem("s3.proxy", proxy, "must start with http://; TLS to the store is tunnelled through it");
        } else if (proxy.getPort() < 1 || proxy.getPort() > 65_535) {
            problem("s3.proxy", proxy, "must have a port from 1 to 65535, such as http://proxy.example.com:3128");
        } else if (!List.of("", "/").contains(proxy.getRawPath())) {
            problem("s3.proxy", proxy, "must not have a path");
        } else {
            checkNoQuery("s3.proxy", proxy);
        }
        if (s3.proxyUser() != null
                && (s3.proxyUser().isEmpty() || s3.proxyUser().contains(":"))) {
            problem("s3.proxyUser", s3.proxyUser(), "must not be empty or contain ':'");
        }
        if (s3.proxyUser() != null && s3.proxyPassword() == null) {
            problem("s3.proxyPassword", null, "is required with s3.proxyUser");
        }
        if (s3.proxyUser() == null && s3.proxyPassword() != null) {
            problem("s3.proxyUser", null, "is required with s3.proxyPassword");
        }
    }

    private void checkStorage(GatewaySettings.S3 s3, List<GatewaySettings.Storage> storage) {
        Set<List<String>> places = new HashSet<>();
        for (int i = 0; i < storage.size(); i++) {
            GatewaySettings.Storage place = storage.get(i);
            String key = "storage[" + i + "].";
            String bucket = place.bucket() == null ? s3.bucket() : place.bucket();
            String prefix = place.prefix() == null ? "" : place.prefix();
            checkName(key + "bucket", place.bucket(), NameRule.BUCKET);
            if (bucket == null) {
                problem(key + "bucket", null, "is required when s3.bucket is not set");
            } else if (!places.add(List.of(bucket, prefix))) {
                problem(key + "prefix", place.prefix(), "is listed twice");
            }
            if (!prefix.isEmpty() && (!prefix.endsWith("/") || prefix.startsWith("/"))) {
                problem(key + "prefix", prefix, "must end with '/' and not start with it");
            }
            checkEncryption(s3, place, key);
            if (place.storageClass() != null && !place.storageClass().matches("[A-Z0-9_]+")) {
                problem(key + "storageClass", place.storageClass(), "must be a storage class, such as STANDARD_IA");
            }
            checkRole(place, key);
        }
    }

    private void checkEncryption(GatewaySettings.S3 s3, GatewaySettings.Storage place, String key) {
        boolean kms = place.encryption() == GatewaySettings.Encryption.KMS;
        if (!kms && place.kmsKey() != null) {
            problem(key + "kmsKey", place.kmsKey(), "requires encryption kms");
        }
        if (!kms && place.bucketKey()) {
            problem(key + "bucketKey", true, "requires encryption kms");
        }
        boolean customer = place.encryption() == GatewaySettings.Encryption.CUSTOMER;
        if (!customer && place.customerKey() != null) {
            problem(key + "customerKey", null, "requires encryption customer");
        }
        if (!customer && place.customerKeyFile() != null) {
            problem(key + "customerKeyFile", place.customerKeyFile(), "requires encryption customer");
        }
        if (!customer) {
            return;
        }
        if (place.customerKey() == null && place.customerKeyFile() == null) {
            problem(key + "customerKey", null, "is required with encryption customer, or customerKeyFile");
        }
        if (place.customerKey() != null && place.customerKeyFile() != null) {
            problem(key + "customerKeyFile", place.customerKeyFile(), "cannot be used together with customerKey");
        }
        if (place.customerKey() != null) {
            try {
                CustomerKey.parse(place.customerKey().reveal());
            } catch (IllegalArgumentException e) {
                problem(key + "customerKey", place.customerKey(), "must be " + e.getMessage());
            }
        }
        if (s3.endpoint() != null && "http".equals(s3.endpoint().getScheme())) {
            problem(
                    key + "encryption",
                    place.encryption(),
                    "requires an s3.endpoint that starts with https://, since every request contains the key");
        }
    }

    private void checkRole(GatewaySettings.Storage place, String key) {
        if (place.role() == null) {
            if (place.externalId() != null) {
                problem(key + "externalId", place.externalId(), "requires role");
            }
            if (place.stsEndpoint() != null) {
                problem(key + "stsEndpoint", place.stsEndpoint(), "requires role");
            }
        } else if (!place.role().startsWith("arn:")) {
            problem(key + "role", place.role(), "must be an ARN, such as arn:aws:iam::123456789012:role/files");
        }
        if (!place.sessionName().matches("[\\w+=,.@-]{2,64}")) {
            problem(key + "sessionName", place.sessionName(), "must have 2 to 64 letters, digits and _+=,.@-");
        }
        if (place.sessionDuration().compareTo(Duration.ofHours(12)) > 0) {
            problem(key + "sessionDuration", place.sessionDuration(), "must be at most 12h");
        }
    }

    private void checkState(GatewaySettings.State state) {
        String url = state.database();
        if (url == null) {
            if (state.user() != null || state.password() != null) {
                problem("state.database", null, "is required with state.user and state.password");
            }
            return;
        }
        // Refused URLs are not shown at all: they may contain a password.
        if (PostgresAddress.mayHoldPassword(url)) {
            problem(
                    "state.database",
                    null,
                    "must not contain a user or a password; use state.user and state.password (write an @ that belongs"
                            + " to something else as %40)");
        } else if (!url.startsWith(PostgresAddress.SCHEME)) {
            problem("state.database", null, "must begin with " + PostgresAddress.SCHEME);
        }
    }

    private void checkMemory(GatewaySettings.Memory memory) {
        long first = memory.firstPart().bytes();
        DataSize parts = memory.parts();
        if (first < SMALLEST_PART) {
            problem("memory.firstPart", memory.firstPart(), "must be at least " + new DataSize(SMALLEST_PART));
        } else if (parts != null && parts.bytes() / 4 < first) {
            problem("memory.parts", parts, "must be at least four times memory.firstPart, " + memory.firstPart());
        }
        checkLeast("memory.downloads", memory.downloads(), SMALLEST_DOWNLOADS);
        checkLeast("memory.earlyBlocks", memory.earlyBlocks(), SMALLEST_EARLY_BLOCKS);
        checkLeast("memory.listings", memory.listings(), SMALLEST_LISTINGS);
    }

    private void checkLeast(String key, @Nullable DataSize value, long least) {
        if (value != null && value.bytes() < least) {
            problem(key, value, "must be at least " + new DataSize(least));
        }
    }

    private void checkListeners(GatewaySettings.Ftps ftps, GatewaySettings.Sftp sftp) {
        ListenPort explicit = ftps.explicitPort();
        ListenPort implicit = ftps.implicitPort();
        if (!explicit.isOn() && !implicit.isOn() && !sftp.port().isOn()) {
            problem("ftps.explicitPort, ftps.implicitPort and sftp.port", null, "are all off; at least one must be on");
        }
        if (explicit.number() > 0 && explicit.equals(implicit)) {
            problem("ftps.implicitPort", implicit, "must differ from ftps.explicitPort");
        }
        boolean sameAddress = ftps.bind().equals(sftp.bind());
        if (sameAddress
                && sftp.port().number() > 0
                && (sftp.port().equals(explicit) || sftp.port().equals(implicit))) {
            problem("sftp.port", sftp.port(), "must differ from the FTPS ports");
        }
        PortRange passive = ftps.passivePorts();
        if (passive.contains(explicit.number())) {
            problem("ftps.passivePorts", passive, "must not contain ftps.explicitPort, " + explicit);
        }
        if (passive.contains(implicit.number())) {
            problem("ftps.passivePorts", passive, "must not contain ftps.implicitPort, " + implicit);
        }
        if (sameAddress && passive.contains(sftp.port().number())) {
            problem("ftps.passivePorts", passive, "must not contain sftp.port, " + sftp.port());
        }
    }

    private void checkAdmin(GatewaySettings.Admin admin) {
        int port = admin.port().number();
        GatewaySettings.Ftps ftps = settings.ftps();
        GatewaySettings.Sftp sftp = settings.sftp();
        if (port > 0
                && ((admin.bind().equals(ftps.bind())
                                && (port == ftps.explicitPort().number()
                                        || port == ftps.implicitPort().number()))
                        || (admin.bind().equals(sftp.bind())
                                && port == sftp.port().number()))) {
            problem("admin.port", admin.port(), "must differ from the ports of FTPS and SFTP");
        }
        if (admin.tls() && admin.tlsProxy()) {
            problem("admin.tlsProxy", true, "cannot be used together with admin.tls");
        }
        if (admin.bind().equals(ftps.bind()) && ftps.passivePorts().contains(port)) {
            problem("admin.port", admin.port(), "must not be one of ftps.passivePorts, " + ftps.passivePorts());
        }
    }

    private void checkCertificate(GatewaySettings.Ftps ftps) {
        if (ftps.certificate() != null && ftps.key() == null) {
            problem("ftps.key", null, "is required with ftps.certificate");
        }
        if (ftps.certificate() == null && ftps.key() != null) {
            problem("ftps.certificate", null, "is required with ftps.key");
        }
        if (ftps.keyPassword() != null && ftps.key() == null) {
            problem("ftps.keyPassword", null, "requires ftps.key");
        }
        if (ftps.keyStore() != null && ftps.certificate() != null) {
            problem("ftps.keyStore", ftps.keyStore(), "cannot be used together with ftps.certificate");
        }
        if (ftps.keyStore() != null && ftps.keyStorePassword() == null) {
            problem("ftps.keyStorePassword", null, "is required with ftps.keyStore");
        }
        if (ftps.keyStore() == null && ftps.keyStorePassword() != null) {
            problem("ftps.keyStore", null, "is required with ftps.keyStorePassword");
        }
        boolean asked = ftps.clientCertificates() != ClientCertificates.OFF;
        if (asked && ftps.clientCaFile() == null) {
            problem("ftps.clientCaFile", null, "is required with ftps.clientCertificates");
        }
        if (!asked && ftps.clientCaFile() != null) {
            problem("ftps.clientCaFile", ftps.clientCaFile(), "requires ftps.clientCertificates");
        }
        if (ftps.clientCertificates() == ClientCertificates.REQUIRED && ftps.plain()) {
            problem("ftps.plain", true, "must be false if client certificates are required");
        }
        if (ftps.hostNames().isEmpty()) {
            problem("ftps.hostNames", null, "must name at least one host");
        }
    }

    private void checkWindow(GatewaySettings.Sftp sftp) {
        DataSize memory = sftp.windowMemory();
        if (memory != null && (memory.bytes() < 1L << 20 || memory.bytes() > 64L << 30)) {
            problem("sftp.windowMemory", memory, "must be from 1MiB to 64GiB");
        }
    }

    private void checkAuthorities(GatewaySettings.Sftp sftp) {
        for (int i = 0; i < sftp.trustedUserCaKeys().size(); i++) {
            checkKey(
                    "sftp.trustedUserCaKeys[" + i + "]",
                    sftp.trustedUserCaKeys().get(i));
        }
    }

    private void checkKey(String key, String line) {
        try {
            SshKeys.parsePublic(line);
        } catch (IllegalArgumentException e) {
            problem(key, line, String.valueOf(e.getMessage()));
        }
    }

    private void checkLogins(GatewaySettings.Logins logins) {
        if (logins.longestRefusal().compareTo(logins.firstRefusal()) < 0) {
            problem(
                    "logins.longestRefusal",
                    logins.longestRefusal(),
                    "must not be shorter than logins.firstRefusal, " + Values.show(logins.firstRefusal()));
        }
    }

    private void checkAccounts(List<GatewaySettings.Account> accounts) {
        if (settings.s3().bucket() == null
                && accounts.stream().anyMatch(account -> account.mounts().isEmpty())) {
            problem("s3.bucket", null, "is required for accounts without mounts");
        }
        AccountChecks checks = new AccountChecks(settings.s3().bucket(), problems);
        Set<String> names = new HashSet<>();
        for (int i = 0; i < accounts.size(); i++) {
            GatewaySettings.Account account = accounts.get(i);
            String key = "accounts[" + i + "].";
            if (!names.add(account.name())) {
                problem(key + "name", account.name(), "is the name of more than one account");
            }
            if (!takesCertificates()) {
                checks.checkProof(key, account);
            }
            checks.check(key, account);
        }
    }

    private boolean takesCertificates() {
        return !settings.sftp().trustedUserCaKeys().isEmpty() || settings.sftp().trustedUserCaFile() != null;
    }

    private void checkRemotes(List<GatewaySettings.Remote> remotes) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < remotes.size(); i++) {
            GatewaySettings.Remote remote = remotes.get(i);
            String key = "remotes[" + i + "].";
            checkName(key + "name", remote.name(), NameRule.REMOTE);
            if (!names.add(remote.name())) {
                problem(key + "name", remote.name(), "is the name of more than one remote");
            }
            long ways = Stream.of(
                            remote.password() != null, remote.key() != null, remote.keyFile() != null, remote.agent())
                    .filter(given -> given)
                    .count();
            if (ways != 1) {
                problem(
                        key + "password",
                        null,
                        ways == 0
                                ? "is required, or key, keyFile or agent: true"
                                : "cannot be used together with key, keyFile or agent: use one of them");
            }
            if (remote.passphrase() != null && remote.key() == null && remote.keyFile() == null) {
                problem(key + "passphrase", null, "requires key or keyFile");
            }
            if (remote.hostKeys().isEmpty() && remote.knownHostsFile() == null) {
                problem(key + "hostKeys", null, "is required, or knownHostsFile: unknown servers are refused");
            }
        }
    }

    private void checkTransfer(GatewaySettings.Transfer transfer) {
        if (transfer.urlLifetime().compareTo(LONGEST_URL_LIFETIME) > 0) {
            problem("transfer.urlLifetime", transfer.urlLifetime(), "must be at most 7d");
        }
        checkSecretKey(transfer);
        checkNoQuery("transfer.storeEndpoint", transfer.storeEndpoint());
        for (int i = 0; i < transfer.urlSources().size(); i++) {
            String source = transfer.urlSources().get(i);
            try {
                SourceRules _ = new SourceRules(List.of(source), List.of());
            } catch (IllegalArgumentException e) {
                problem(
                        "transfer.urlSources[" + i + "]",
                        Values.showRaw(source, URI.class),
                        String.valueOf(e.getMessage()));
            }
        }
    }

    private void checkSecretKey(GatewaySettings.Transfer transfer) {
        if (transfer.secretKey() == null) {
            return;
        }
        if (transfer.secretKeyFile() != null) {
            problem(
                    "transfer.secretKeyFile",
                    transfer.secretKeyFile(),
                    "cannot be used together with transfer.secretKey");
        }
        try {
            SecretKeyFile.parse(transfer.secretKey().reveal());
        } catch (IllegalArgumentException e) {
            problem("transfer.secretKey", transfer.secretKey(), String.valueOf(e.getMessage()));
        }
    }

    private void checkWebhooks(List<GatewaySettings.Webhook> webhooks) {
        Set<URI> urls = new HashSet<>();
        for (int i = 0; i < webhooks.size(); i++) {
            GatewaySettings.Webhook webhook = webhooks.get(i);
            String key = "webhooks[" + i + "].";
            if (!urls.add(webhook.url())) {
                problem(key + "url", Values.showEffective(webhook.url()), "is listed twice");
            }
            if (webhook.url().getUserInfo() != null) {
                problem(
                        key + "url",
                        Values.showEffective(webhook.url()),
                        "must not contain a user; events are signed instead");
            }
            try {
                WebhookSecret.parse(webhook.secret().reveal());
            } catch (IllegalArgumentException e) {
                problem(key + "secret", webhook.secret(), "must be " + e.getMessage());
            }
            if (webhook.events().isEmpty()) {
                problem(key + "events", null, "must name success, fail or both");
            }
        }
    }

    private void checkAmqp(GatewaySettings.Amqp amqp) {
        if (amqp.host() == null) {
            if (amqp.username() != null || amqp.password() != null || amqp.queue() != null) {
                problem("amqp.host", null, "is required with amqp.username, amqp.password and amqp.queue");
            }
            return;
        }
        if (amqp.username() == null) {
            problem("amqp.username", null, "is required with amqp.host");
        }
        if (amqp.password() == null) {
            problem("amqp.password", null, "is required with amqp.host");
        }
        if (amqp.queue() == null) {
            problem("amqp.queue", null, "is required with amqp.host");
        }
        if (amqp.caFile() != null && !amqp.tls()) {
            problem("amqp.caFile", amqp.caFile(), "requires amqp.tls");
        }
    }

    private void checkLog(GatewaySettings.Log log) {
        Path file = log.auditFile();
        if (file != null && !log.audit()) {
            problem("log.auditFile", file, "requires log.audit");
        }
        // The names of rotated files are a pattern.
        if (file != null && file.toString().matches(".*[%\\\\].*")) {
            problem("log.auditFile", file, "must not contain % or \\\\");
        }
    }

    private void checkName(String key, @Nullable String name, NameRule rule) {
        if (name != null && !rule.accepts(name)) {
            problem(key, name, "must be " + rule.expected());
        }
    }
}
