package dev.slipway.core.account;

/**
 * How much an account may store, and how fast it may transfer. Each is a positive number, {@link #NONE} or
 * {@link #BY_DEFAULT}.
 *
 * @param quotaBytes bytes that may be stored below its writable mounts
 * @param quotaFiles files that may be stored there
 * @param uploadRate bytes each second, of all its uploads together
 * @param downloadRate bytes each second, of all its downloads together
 */
public record AccountLimits(long quotaBytes, long quotaFiles, long uploadRate, long downloadRate) {
    /** There is no limit. */
    public static final long NONE = Long.MAX_VALUE;

    /** What the gateway has for accounts that say nothing of their own. */
    public static final long BY_DEFAULT = 0;

    /** Everything by default. */
    public static final AccountLimits DEFAULT = new AccountLimits(BY_DEFAULT, BY_DEFAULT, BY_DEFAULT, BY_DEFAULT);

    /** No limit at all. */
    public static final AccountLimits UNLIMITED = new AccountLimits(NONE, NONE, NONE, NONE);

    public AccountLimits {
        if (quotaBytes < 0 || quotaFiles < 0 || uploadRate < 0 || downloadRate < 0) {
            throw new IllegalArgumentException("a limit must not be negative");
        }
    }

    /** The same with another quota of bytes. */
    public AccountLimits withQuotaBytes(long value) {
        return new AccountLimits(value, quotaFiles, uploadRate, downloadRate);
    }

    /** The same with another quota of files. */
    public AccountLimits withQuotaFiles(long value) {
        return new AccountLimits(quotaBytes, value, uploadRate, downloadRate);
    }

    /** The same with another rate of uploads. */
    public AccountLimits withUploadRate(long value) {
        return new AccountLimits(quotaBytes, quotaFiles, value, downloadRate);
    }

    /** The same with another rate of downloads. */
    public AccountLimits withDownloadRate(long value) {
        return new AccountLimits(quotaBytes, quotaFiles, uploadRate, value);
    }

    /** What is in force where these are the defaults of the gateway; what they leave open is unlimited. */
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

    /** Whether what is stored is limited. */
    public boolean hasQuota() {
        return isLimit(quotaBytes) || isLimit(quotaFiles);
    }

    private static boolean isLimit(long value) {
        return value != NONE && value != BY_DEFAULT;
    }
}
