package dev.slipway.admin.management;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.event.Origin;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.ObjectFileSystems.Location;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.Rules;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rules of the configuration: what happens to files once they are in. All calls block for the database. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class ManagedRules {
    private final Rules rules;
    private final Accounts accounts;
    private final Principal principal;

    ManagedRules(Rules rules, Accounts accounts, Principal principal) {
        this.rules = rules;
        this.accounts = accounts;
        this.principal = principal;
    }

    /** All of them, in their order. */
    public List<RuleSettings> list() throws ManagementException {
        principal.require(Right.SEE);
        return rules.all();
    }

    /**
     * Says which rule would take a file, and what it would do with it. Nothing is done.
     *
     * @param path as the account sees it
     * @param account null for that of no account in particular; the path is then the key
     * @param size in bytes
     * @return empty if no rule would take it
     * @throws IllegalArgumentException the path is not valid; the message says why
     */
    public Optional<Rules.Outcome> test(String path, @Nullable String account, Origin origin, long size)
            throws ManagementException {
        principal.require(Right.SEE);
        try {
            VirtualPath parsed = VirtualPath.parse(path);
            Optional<Location> location = account == null || account.indexOf(':') >= 0
                    ? Optional.empty()
                    : ObjectFileSystems.locate(account(account), parsed);
            String key = location.map(Location::key).orElse(String.join("/", parsed.segments()));
            return rules.test(account == null ? "" : account, parsed.toString(), key, origin, size);
        } catch (VfsException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private Account account(String name) throws ManagementException {
        return accounts.find(name).entry().account();
    }
}
