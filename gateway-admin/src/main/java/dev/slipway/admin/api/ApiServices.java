package dev.slipway.admin.api;

import dev.slipway.admin.management.Services;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.Jobs;
import org.jspecify.annotations.Nullable;

/**
 * The services behind the API.
 *
 * @param services the services of the commands, in a running gateway
 * @param directory the accounts that may log in
 */
public record ApiServices(Services services, AccountDirectory directory) {
    StateDatabase database() {
        return services.database();
    }

    /** Null if this gateway has none. */
    @Nullable
    Jobs jobs() {
        return services.running() == null ? null : services.running().jobs();
    }
}
