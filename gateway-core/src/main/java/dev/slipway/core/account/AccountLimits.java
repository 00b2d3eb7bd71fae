package dev.slipway.core.account;

import dev.slipway.core.unit.SizeLimit;

/**
 * How much an account may store, and how fast it may transfer. Each is a positive number, {@link #NONE} or {@link
 * #BY_DEFAULT}.
 *
 * @param quotaBytes the most bytes stored below its writable mounts
 * @param quotaFiles the most files stored there
 * @param uploadRate bytes per second, of all its uploads together
 * @param downloadRate bytes per second, of all its downloads together
 */
public record AccountLimits(long quotaBytes, long quotaFiles, long uploadRate, long downloadRate) {
    /** No limit. */
    public static final long NONE = SizeLimit.NONE;

    /** The gateway's default. */
    public static final long BY_DEFAULT = 0;

    /** The gateway's defaults. */
    public static final AccountLimits DEFAULT = new AccountLimits(BY_DEFAULT, BY_DEFAULT, BY_DEFAULT, BY_DEFAULT);

    /** No limits at all. */
    public static final AccountLimits UNLIMITED = new AccountLimits(NONE, NONE, NONE, NONE);

    public AccountLimits {
        if (quotaBytes < 0 || quotaFiles < 0 || uploadRate < 0 || downloadRate < 0) {
            throw new IllegalArgumentException("a limit must not be negative");
        }
    }

    /** The same limits with another quota of bytes. */
    public AccountLimits withQuotaBytes(long value) {
        return new AccountLimits(value, quotaFiles, uploadRate, downloadRate);
    }

    /** The same limits with another quota of files. */
    public AccountLimits withQuotaFiles(long value) {
        return new AccountLimits(quotaBytes, value, uploadRate, downloadRate);
    }

    /** The same limits with another upload rate. */
    public AccountLimits withUploadRate(long value) {
        return new AccountLimits(quotaBytes, quotaFiles, value, downloadRate);
    }

    /** The same limits with another download rate. */
    public AccountLimits withDownloadRate(long value) {
        return new AccountLimits(quotaBytes, quotaFiles, uploadRate, value);
    }

    /** Replaces {@link #BY_DEFAULT} by the gateway's defaults; what is still unset becomes unlimited. */
    public AccountLimits orElse(AccountLimits defaults) {
        return new AccountLimits(
                or(quotaBytes, defaults.quotaBytes),
                or(quotaFiles, defaults.quotaFiles),
                or(uploadRate, defaults.uploadRate),
                or(downloadRate, defaults.downloadRate));
    }

    private static long or(long value, long byDefault) {
        if (value != BY_DEFAULT) {
            return value;
        }
        return byDefault == BY_DEFAULT ? NONE : byDefault;
    }

    /** Whether there is a quota of bytes or files. */
    public boolean hasQuota() {
        return isLimit(quotaBytes) || isLimit(quotaFiles);
    }

    private static boolean isLimit(long value) {
        return value != NONE && value != BY_DEFAULT;
    }
}
