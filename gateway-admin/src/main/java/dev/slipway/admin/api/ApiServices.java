package dev.slipway.admin.api;

import dev.slipway.admin.management.Services;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.vfs.FileSystems;
import dev.slipway.transfer.job.Jobs;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * The services behind the API.
 *
 * @param services the services of the commands, in a running gateway
 * @param directory the accounts that may log in
 * @param fileSystems their files; null if they are not served
 */
public record ApiServices(
        Services services,
        AccountDirectory directory,
        @Nullable FileSystems fileSystems) {
    /** The sessions of accounts that use their files; null if these are not served. */
    @Nullable
    FileSessions files(Logins logins, Clock clock) {
        Services.Running running = services.running();
        return fileSystems == null || running == null
                ? null
                : new FileSessions(fileSystems, running.sessions(), directory, logins, clock);
    }

    StateDatabase database() {
        return services.database();
    }

    /** Null if this gateway has none. */
    @Nullable
    Jobs jobs() {
        return services.running() == null ? null : services.running().jobs();
    }
}
