package dev.slipway.admin.api;

import dev.slipway.admin.command.RemoteAccess;
import dev.slipway.admin.command.Services;
import dev.slipway.admin.management.Accounts;
import dev.slipway.admin.management.ManagedRemotes;
import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;
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

    Accounts accounts() {
        return services.accounts();
    }

    @Nullable
    String bucket() {
        return services.bucket();
    }

    private Services.Running running() {
        return required(services.running());
    }

    Sessions sessions() {
        return running().sessions();
    }

    @Nullable
    Jobs jobs() {
        return running().jobs();
    }

    Jobs requireJobs() {
        return required(running().jobs());
    }

    Pushes requirePushes() {
        return required(running().pushes());
    }

    ManagedRemotes requireRemotes() {
        return new ManagedRemotes(required(services.remotes()));
    }

    RemoteAccess requireAccess() {
        return required(services.access());
    }

    private static <T> T required(@Nullable T service) {
        if (service == null) {
            throw new ProblemException(ProblemType.NOT_AVAILABLE, "this gateway does not push files to remote servers");
        }
        return service;
    }
}
