package dev.slipway.admin.management;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountLimits;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The usage of an account with a quota, over all its areas.
 *
 * @param bytes as of about a second ago
 * @param files likewise
 * @param counted time of the last full count; null if there was none
 */
public record AccountUsage(
        Account account,
        AccountLimits limits,
        long bytes,
        long files,
        @Nullable Instant counted) {}
