package dev.slipway.admin.api;

import dev.slipway.core.account.AccountDirectory;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.transfer.job.Jobs;
import dev.slipway.transfer.push.Pushes;
import dev.slipway.transfer.remote.Remotes;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the API works on.
 *
 * @param database where accounts, uploads and tokens are
 * @param configured the accounts of the configuration
 * @param bucket the bucket of accounts that name none; null if there is none
 * @param keys reads a line of an {@code authorized_keys} file; throws IllegalArgumentException with a message for the one
 *     who wrote it
 * @param directory who may log in
 * @param sessions who is logged in
 * @param jobs null if this gateway has none
 * @param pushes null likewise
 * @param remotes null likewise
 */
public record ApiServices(
        StateDatabase database,
        List<AccountEntry> configured,
        @Nullable String bucket,
        Function<String, AuthorizedKey> keys,
        AccountDirectory directory,
        Sessions sessions,
        @Nullable Jobs jobs,
        @Nullable Pushes pushes,
        @Nullable Remotes remotes) {
    public ApiServices {
        configured = List.copyOf(configured);
    }

    Jobs requireJobs() {
        return required(jobs);
    }

    Pushes requirePushes() {
        return required(pushes);
    }

    Remotes requireRemotes() {
        return required(remotes);
    }

    private static <T> T required(@Nullable T service) {
        if (service == null) {
            throw new ProblemException(ProblemType.NOT_AVAILABLE, "this gateway does not send files to remote servers");
        }
        return service;
    }
}
