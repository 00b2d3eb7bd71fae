package dev.slipway.transfer;

import dev.slipway.core.account.Network;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.Values;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.job.Retries;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Jobs that push files to other servers: the section {@code transfer} of the configuration. The settings of the secret
 * key are for whoever provides the {@link dev.slipway.transfer.remote.SecretBox}.
 */
public record TransferSettings(
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

        @Setting(
                value = "How many attempts of a push in a row may fail without progress; the last one fails the push."
                        + " An order can have its own number.",
                byDefault = "10",
                least = 1,
                most = 1000)
        int attempts,

        @Setting(
                value = "The longest pause after the first failure of a push. Each further one doubles it. Pauses vary,"
                        + " down to a half.",
                byDefault = "10s",
                shortest = "1s")
        Duration firstPause,

        @Setting(value = "The longest of these pauses.", byDefault = "5m", shortest = "1s")
        Duration longestPause,

        @Setting(
                value = "How long after its order a push is given up, also if it waits for space or for its turn. An"
                        + " order can have its own deadline. Without any, it is not given up for that.",
                shortest = "1s")
        @Nullable
        Duration deadline,

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
        Path secretKeyFile)
        implements CheckedSettings {
    /** S3 signs for no longer (Signature Version 4, query parameters). */
    private static final Duration LONGEST_URL_LIFETIME = Duration.ofDays(7);

    public TransferSettings {
        urlSources = List.copyOf(urlSources);
        urlNetworks = List.copyOf(urlNetworks);
    }

    /** The settings of the job engine, whose timing cannot be configured. */
    public JobSettings jobs() {
        return JobSettings.DEFAULTS.with(maxJobs, spaceInterval, keepFor);
    }

    /** The settings of pushes, whose pieces cannot be configured. */
    public PushSettings pushes() {
        return new PushSettings(
                        storeEndpoint,
                        urlLifetime,
                        freeSpacePercentage == null ? OptionalInt.empty() : OptionalInt.of(freeSpacePercentage),
                        new SourceRules(urlSources, urlNetworks))
                .retrying(new Retries(attempts, firstPause, longestPause), deadline);
    }

    @Override
    public void check(Problems problems) {
        if (urlLifetime.compareTo(LONGEST_URL_LIFETIME) > 0) {
            problems.add("urlLifetime", urlLifetime, "must be at most 7d");
        }
        if (longestPause.compareTo(firstPause) < 0) {
            problems.add("longestPause", longestPause, "must be at least transfer.firstPause");
        }
        if (storeEndpoint != null && storeEndpoint.getRawQuery() != null) {
            problems.add("storeEndpoint", storeEndpoint, "must not have a query ('?')");
        }
        if (secretKey != null && secretKeyFile != null) {
            problems.add("secretKeyFile", secretKeyFile, "cannot be used together with transfer.secretKey");
        }
        for (int i = 0; i < urlSources.size(); i++) {
            try {
                SourceRules _ = new SourceRules(List.of(urlSources.get(i)), List.of());
            } catch (IllegalArgumentException e) {
                problems.add(
                        "urlSources[" + i + "]",
                        Values.showRaw(urlSources.get(i), URI.class),
                        String.valueOf(e.getMessage()));
            }
        }
    }
}
