package dev.slipway.core.store;

import dev.slipway.core.setting.Setting;
import java.time.Duration;

/** Interrupted uploads: the section {@code resume} of the configuration. */
public record ResumeSettings(
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
