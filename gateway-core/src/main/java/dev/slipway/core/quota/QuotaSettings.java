package dev.slipway.core.quota;

import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.CountLimit;
import dev.slipway.core.unit.SizeLimit;
import java.time.Duration;

/** How much accounts may store: the section {@code quota} of the configuration. */
public record QuotaSettings(
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
