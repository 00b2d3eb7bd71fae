package dev.slipway.app.config;

import dev.slipway.admin.http.HttpSettings;
import dev.slipway.app.keys.SecretKeyFile;
import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.NameRule;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Permission;
import dev.slipway.core.net.PortRange;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.setting.Values;
import dev.slipway.core.store.s3.S3Settings;
import dev.slipway.core.store.s3.StorageSettings;
import dev.slipway.ftps.FtpsSettings;
import dev.slipway.ingest.archive.ArchiveSettings;
import dev.slipway.ingest.archive.ManifestSettings;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.openpgp.OpenPgpKeySettings;
import dev.slipway.ingest.pull.PullSettings;
import dev.slipway.ingest.retention.RetentionSettings;
import dev.slipway.ingest.rule.Action;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.StepSettings;
import dev.slipway.ingest.target.TargetSettings;
import dev.slipway.ingest.watch.WatchSettings;
import dev.slipway.sftp.SftpSettings;
import dev.slipway.transfer.TransferSettings;
import dev.slipway.transfer.outcome.WebhookSecret;
import java.net.URI;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Rules between sections that are valid individually, and those that need the readers of keys. */
final class SettingsChecks {
    private final GatewaySettings settings;
    private final List<Problem> problems;

    private SettingsChecks(GatewaySettings settings, List<Problem> problems) {
        this.settings = settings;
        this.problems = problems;
    }

    static void check(GatewaySettings settings, List<Problem> problems) {
        SettingsChecks checks = new SettingsChecks(settings, problems);
        checks.checkStorage(settings.s3(), settings.storage());
        checks.checkListeners(settings.ftps(), settings.sftp());
        checks.checkAdmin(settings.admin());
        checks.checkAuthorities(settings.sftp());
        checks.checkAccounts(settings.accounts());
        checks.checkWebhooks(settings.webhooks());
        checks.checkRemotes(settings.remotes());
        checks.checkPulls(settings.pulls());
        checks.checkWatches(settings.watches());
        checks.checkArchives(settings.archives());
        checks.checkManifest(settings.manifest(), settings.archives());
        checks.checkRetention(settings.retention());
        checks.checkOpenPgpKeys(settings.openpgpKeys());
        checks.checkRules(settings.rules());
        checks.checkSecretKey(settings.transfer());
        checks.checkLog(settings.log());
    }

    private void problem(String key, @Nullable Object value, String expected) {
        problems.add(Problem.of(key, value, expected));
    }

    private void checkStorage(S3Settings s3, List<StorageSettings> storage) {
        Set<List<String>> places = new HashSet<>();
        for (int i = 0; i < storage.size(); i++) {
            StorageSettings place = storage.get(i);
            String key = "storage[" + i + "].";
            String bucket = place.bucketOr(s3.bucket());
            if (bucket == null) {
                problem(key + "bucket", null, "is required when s3.bucket is not set");
            } else if (!places.add(List.of(bucket, place.prefixOrEmpty()))) {
                problem(key + "prefix", place.prefix(), "is listed twice");
            }
            if (place.encryption() == StorageSettings.EncryptionMode.CUSTOMER
                    && s3.endpoint() != null
                    && "http".equals(s3.endpoint().getScheme())) {
                problem(
                        key + "encryption",
                        place.encryption(),
                        "requires an s3.endpoint that starts with https://, since every request contains the key");
            }
        }
    }

    private void checkListeners(FtpsSettings ftps, SftpSettings sftp) {
        boolean hasOwnWork = !settings.pulls().isEmpty() || !settings.watches().isEmpty();
        if (!ftps.isOn() && !sftp.port().isOn() && !hasOwnWork) {
            problem("ftps.explicitPort, ftps.implicitPort and sftp.port", null, "are all off; at least one must be on");
        }
        boolean sameAddress = ftps.bind().equals(sftp.bind());
        if (sameAddress
                && sftp.port().number() > 0
                && (sftp.port().equals(ftps.explicitPort()) || sftp.port().equals(ftps.implicitPort()))) {
            problem("sftp.port", sftp.port(), "must differ from the FTPS ports");
        }
        PortRange passive = ftps.passivePorts();
        if (sameAddress && passive.contains(sftp.port().number())) {
            problem("ftps.passivePorts", passive, "must not contain sftp.port, " + sftp.port());
        }
    }

    private void checkAdmin(HttpSettings admin) {
        int port = admin.port().number();
        FtpsSettings ftps = settings.ftps();
        SftpSettings sftp = settings.sftp();
        if (port > 0
                && ((admin.bind().equals(ftps.bind())
                                && (port == ftps.explicitPort().number()
                                        || port == ftps.implicitPort().number()))
                        || (admin.bind().equals(sftp.bind())
                                && port == sftp.port().number()))) {
            problem("admin.port", admin.port(), "must differ from the ports of FTPS and SFTP");
        }
        if (admin.bind().equals(ftps.bind()) && ftps.passivePorts().contains(port)) {
            problem("admin.port", admin.port(), "must not be one of ftps.passivePorts, " + ftps.passivePorts());
        }
    }

    private void checkAuthorities(SftpSettings sftp) {
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
            if (!settings.sftp().takesCertificates()) {
                checks.checkProof(key, account);
            }
            checks.check(key, account);
        }
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

    /** Remotes and accounts may also be in the state database, which is not read here. */
    private void checkPulls(List<PullSettings> pulls) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < pulls.size(); i++) {
            PullSettings pull = pulls.get(i);
            String key = "pulls[" + i + "].";
            if (!names.add(pull.name())) {
                problem(key + "name", pull.name(), "is the name of more than one pull");
            }
            checkName(key + "remote", pull.remote(), NameRule.REMOTE);
            checkTarget(key, pull.target());
        }
    }

    private void checkTarget(String key, TargetSettings target) {
        if (target.account() == null && target.bucket() == null && settings.s3().bucket() == null) {
            problem(key + "target", null, "requires account or bucket when s3.bucket is not set");
        }
    }

    private void checkWatches(List<WatchSettings> watches) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < watches.size(); i++) {
            WatchSettings watch = watches.get(i);
            String key = "watches[" + i + "].";
            if (!names.add(watch.name())) {
                problem(key + "name", watch.name(), "is the name of more than one watch");
            }
            for (int j = 0; j < i; j++) {
                requireApart(
                        key + "folder",
                        watch.folder(),
                        "watches[" + j + "].folder",
                        watches.get(j).folder());
            }
            if (!watch.bucketFolders()) {
                checkTarget(key, watch.target());
            }
        }
    }

    /** Whatever takes files from local folders would take those of others. */
    private void requireApart(String key, Path folder, String otherKey, Path other) {
        Path one = folder.toAbsolutePath().normalize();
        Path two = other.toAbsolutePath().normalize();
        if (one.startsWith(two) || two.startsWith(one)) {
            problem(key, folder, "must not overlap with " + otherKey + ", " + other);
        }
    }

    private void checkArchiveFolder(String key, Path folder, List<ArchiveSettings> before) {
        List<WatchSettings> watches = settings.watches();
        for (int j = 0; j < watches.size(); j++) {
            requireApart(
                    key, folder, "watches[" + j + "].folder", watches.get(j).folder());
        }
        for (int j = 0; j < before.size(); j++) {
            Path other = before.get(j).source().folder();
            if (other != null) {
                requireApart(key, folder, "archives[" + j + "].source.folder", other);
            }
        }
    }

    private void checkArchives(List<ArchiveSettings> archives) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < archives.size(); i++) {
            ArchiveSettings archive = archives.get(i);
            String key = "archives[" + i + "].";
            if (!names.add(archive.name())) {
                problem(key + "name", archive.name(), "is the name of more than one archive task");
            }
            Path folder = archive.source().folder();
            if (folder != null) {
                checkArchiveFolder(key + "source.folder", folder, archives.subList(0, i));
            }
            // Whether both name the same bucket, or none, is checked where the settings are.
            if (!Objects.equals(archive.source().bucket(), archive.target().bucket())
                    && !archive.isApart(settings.s3().bucket())) {
                problem(
                        key + "target.prefix",
                        archive.target().prefix(),
                        "is required if the archives are in the bucket of the files, and must not contain these");
            }
            if (settings.s3().bucket() == null && folder == null) {
                if (archive.source().bucket() == null) {
                    problem(key + "source.bucket", null, "is required when s3.bucket is not set");
                }
                if (archive.target().bucket() == null) {
                    problem(key + "target.bucket", null, "is required when s3.bucket is not set");
                }
            }
        }
    }

    /** The fallback bucket must not be archived: its manifests would be put into archives, and never be sent. */
    private void checkManifest(ManifestSettings manifest, List<ArchiveSettings> archives) {
        for (ArchiveSettings archive : archives) {
            String bucket = Objects.requireNonNullElse(
                    archive.source().bucket(),
                    Objects.requireNonNullElse(settings.s3().bucket(), ""));
            String prefix = Objects.requireNonNullElse(archive.source().prefix(), "");
            if (archive.source().folder() == null
                    && bucket.equals(manifest.fallbackBucket())
                    && manifest.indexPrefix().startsWith(prefix)) {
                problem(
                        "manifest.fallbackBucket",
                        manifest.fallbackBucket(),
                        "must not be a bucket whose files the archive task " + archive.name() + " archives");
            }
        }
    }

    private void checkRetention(List<RetentionSettings> tasks) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < tasks.size(); i++) {
            RetentionSettings task = tasks.get(i);
            String key = "retention[" + i + "].";
            if (!names.add(task.name())) {
                problem(key + "name", task.name(), "is the name of more than one retention task");
            }
            if (settings.s3().bucket() == null
                    && task.source().account() == null
                    && task.source().bucket() == null) {
                problem(key + "source", null, "requires account or bucket when s3.bucket is not set");
            }
            if (task.action() == RetentionSettings.Aging.MOVE) {
                checkTarget(key, task.target());
            }
        }
    }

    private void checkSecretKey(TransferSettings transfer) {
        if (transfer.secretKey() == null) {
            return;
        }
        try {
            SecretKeyFile.parse(transfer.secretKey().reveal());
        } catch (IllegalArgumentException e) {
            problem("transfer.secretKey", transfer.secretKey(), String.valueOf(e.getMessage()));
        }
    }

    private void checkRules(List<RuleSettings> rules) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < rules.size(); i++) {
            if (!names.add(rules.get(i).name())) {
                problem("rules[" + i + "].name", rules.get(i).name(), "is listed twice");
            }
            checkSteps("rules[" + i + "].", rules.get(i).steps());
            checkQuarantines("rules[" + i + "].", rules.get(i));
        }
    }

    private void checkSteps(String key, List<StepSettings> steps) {
        for (int i = 0; i < steps.size(); i++) {
            for (KeyUse use : steps.get(i).keyUses()) {
                if (settings.openpgpKeys().stream()
                        .noneMatch(known -> known.name().equals(use.key()))) {
                    problem(key + "steps[" + i + "]." + use.setting(), use.key(), "is no name of one of openpgpKeys");
                }
            }
            if (steps.get(i).action() == Action.DECRYPT
                    && settings.openpgpKeys().isEmpty()) {
                problem(key + "steps[" + i + "].action", Action.DECRYPT, "requires a secret key in openpgpKeys");
            }
            String at = key + "steps[" + i + "].";
            steps.get(i).archiveTask().ifPresent(task -> checkArchiveTask(at + "task", task));
            if (steps.get(i).action() == Action.MAIL && !settings.mail().isOn()) {
                problem(key + "steps[" + i + "].action", Action.MAIL, "requires mail.host");
            }
        }
    }

    private void checkArchiveTask(String key, String task) {
        Optional<ArchiveSettings> known = settings.archives().stream()
                .filter(archive -> archive.name().equals(task))
                .findFirst();
        if (known.isEmpty()) {
            problem(key, task, "is not the name of an archive task");
        } else if (known.get().source().folder() != null) {
            problem(
                    key,
                    task,
                    "must be an archive task whose source is a bucket: the source of this one is a local folder");
        }
    }

    /** As far as that follows from the settings; the step itself looks at the accounts that there are then. */
    private void checkQuarantines(String key, RuleSettings rule) {
        for (int i = 0; i < rule.steps().size(); i++) {
            StepSettings step = rule.steps().get(i);
            if (step.action() != Action.SCAN) {
                continue;
            }
            if (!settings.scan().isOn()) {
                problem(key + "steps[" + i + "].action", Action.SCAN, "requires scan.clamd");
            }
            String folder = Objects.requireNonNullElse(step.to(), "").replaceFirst("^/+", "");
            int template = folder.indexOf('{');
            String beginning = template < 0 ? folder + "/" : folder.substring(0, template);
            for (GatewaySettings.Account account : settings.accounts()) {
                if (isTaken(rule, account) && shows(account, step.bucket(), beginning)) {
                    problem(
                            key + "steps[" + i + "].to",
                            step.to(),
                            "must be a place that the account " + account.name()
                                    + " does not see: one of its mounts shows it. Set bucket to another bucket");
                    break;
                }
            }
        }
    }

    /** Whether a rule may take uploads of an account that must not see the quarantine. */
    private static boolean isTaken(RuleSettings rule, GatewaySettings.Account account) {
        return !account.options().contains(AccountOption.ADMIN)
                && account.permissions().contains(Permission.WRITE)
                && (rule.accounts().isEmpty() || rule.accounts().contains(account.name()));
    }

    /** Whether an account sees all keys with a beginning in a bucket; null for the bucket of its own files. */
    private boolean shows(GatewaySettings.Account account, @Nullable String bucket, String beginning) {
        if (account.mounts().isEmpty()) {
            return bucket == null || bucket.equals(settings.s3().bucket());
        }
        return account.mounts().stream()
                .anyMatch(mount -> (bucket == null
                                || bucket.equals(
                                        mount.bucket() == null ? settings.s3().bucket() : mount.bucket()))
                        && beginning.startsWith(Objects.requireNonNullElse(mount.prefix(), "")));
    }

    private void checkOpenPgpKeys(List<OpenPgpKeySettings> keys) {
        Set<String> names = new HashSet<>();
        for (int i = 0; i < keys.size(); i++) {
            if (!names.add(keys.get(i).name())) {
                problem("openpgpKeys[" + i + "].name", keys.get(i).name(), "is the name of more than one key");
            }
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
