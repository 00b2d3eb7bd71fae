package dev.slipway.transfer.push;

import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteRules;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Checks who may send files where: when an order arrives, and again at each attempt of its job, since permissions may
 * have been withdrawn.
 */
final class PushRights {
    private final Function<String, Optional<Account>> accounts;

    /** @param accounts finds accounts that may currently log in */
    PushRights(Function<String, Optional<Account>> accounts) {
        this.accounts = accounts;
    }

    /** On whose behalf a job was ordered, also for jobs of an earlier version, which only stored the submitter. */
    static Authority authority(@Nullable String kept, String submitter) {
        if (kept != null) {
            return Authority.parse(kept);
        }
        if (submitter.startsWith("token ")) {
            return new Authority.Operator();
        }
        return submitter.equals("command line") || submitter.equals("amqp")
                ? new Authority.Administrator()
                : new Authority.OfAccount(submitter);
    }

    /**
     * Why a caller may not push to a remote; empty if they may.
     *
     * @param remote a named remote
     */
    Optional<String> problem(Authority authority, Remote remote) {
        return switch (authority) {
            case Authority.Administrator _ -> Optional.empty();
            case Authority.Operator _ -> withoutFolders(remote);
            case Authority.OfAccount(String name) ->
                accounts.apply(name)
                        .map(account -> problem(account, remote))
                        .orElseGet(() -> Optional.of("the account '" + name + "' may not log in any more"));
        };
    }

    private static Optional<String> problem(Account account, Remote remote) {
        if (account.has(AccountOption.ADMIN)) {
            return Optional.empty();
        }
        String name = account.name();
        if (!account.has(AccountOption.PUSH)) {
            return Optional.of("the account '" + name + "' may not push files: it does not have the option push");
        }
        if (!account.remotes().contains(remote.name())) {
            return Optional.of("the account '" + name + "' may not push files to the remote '" + remote.name()
                    + "'; an administrator can allow it with: slipway account set " + name + " --remotes "
                    + remote.name());
        }
        return withoutFolders(remote);
    }

    private static Optional<String> withoutFolders(Remote remote) {
        return remote.folders().isEmpty()
                ? Optional.of("only administrators may push files to the remote '" + remote.name()
                        + "' because it has no folders; an administrator can add them with: slipway remote set "
                        + remote.name() + " --folder PATH")
                : Optional.empty();
    }

    /** Why a path may not be written to by anybody; empty if it may. Links must be resolved on the remote. */
    static Optional<String> problem(Remote remote, String path) {
        if (!Destination.isAllowed(path, remote.folders())) {
            return Optional.of("nothing may be written to " + path + " on " + remote.name() + ", only into "
                    + String.join(", ", remote.folders()));
        }
        return RemoteRules.dotFile(remote, path).map(part -> dotFile(remote, path, part));
    }

    static String dotFile(Remote remote, String path, String part) {
        return "nothing may be written to " + path + " on " + remote.name() + ", because '" + part
                + "' begins with a dot; an administrator can allow it with: slipway remote set "
                + remote.name() + " --dot-files";
    }
}
