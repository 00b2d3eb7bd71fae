package dev.slipway.app;

import dev.slipway.app.config.GatewaySettings;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import java.util.OptionalInt;

/** Converts the settings of jobs. */
final class TransferSettings {
    private TransferSettings() {}

    static JobSettings jobs(GatewaySettings.Transfer transfer) {
        JobSettings defaults = JobSettings.DEFAULTS;
        return new JobSettings(
                transfer.maxJobs(),
                transfer.spaceInterval(),
                defaults.firstBackOff(),
                defaults.longestBackOff(),
                defaults.failures(),
                transfer.keepFor(),
                defaults.historyJobs(),
                defaults.polling());
    }

    static PushSettings pushes(GatewaySettings.Transfer transfer) {
        Integer free = transfer.freeSpacePercentage();
        return new PushSettings(
                transfer.storeEndpoint(),
                transfer.urlLifetime(),
                free == null ? OptionalInt.empty() : OptionalInt.of(free),
                new SourceRules(transfer.urlSources(), transfer.urlNetworks()));
    }
}
