package dev.slipway.core.vfs;

import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.SizeLimit;

/** Transfer rates, in bytes per second: the section {@code bandwidth} of the configuration. */
public record BandwidthSettings(
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
