package dev.slipway.admin.management;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ObjectLabels;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.ObjectFileSystems.Location;
import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.ingest.target.RuleTags;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
     * A file to be tested.
     *
     * @param path as the account sees it
     * @param account null for that of no account in particular; the path is then the key
     * @param size in bytes
     * @param contentType of its object; null if nobody has named one
     * @param tags of its object, such as {@code type=invoice}
     */
    public record TestedFile(
            String path,
            @Nullable String account,
            Origin origin,
            long size,
            @Nullable String contentType,
            List<String> tags) {
        public TestedFile {
            tags = List.copyOf(tags);
        }
    }

    /**
     * Says which rule would take a file, and what it would do with it. Nothing is done.
     *
     * @return empty if no rule would take it
     * @throws IllegalArgumentException the path or a tag is not valid; the message says why
     */
    public Optional<Rules.Outcome> test(TestedFile file) throws ManagementException {
        principal.require(Right.SEE);
        String account = file.account();
        try {
            VirtualPath parsed = VirtualPath.parse(file.path());
            Optional<Location> location = account == null || account.indexOf(':') >= 0
                    ? Optional.empty()
                    : ObjectFileSystems.locate(account(account), parsed);
            String key = location.map(Location::key).orElse(String.join("/", parsed.segments()));
            return rules.test(
                    new Rules.ArrivedFile(
                            account == null ? "" : account, parsed.toString(), file.origin(), file.size()),
                    key,
                    new ObjectLabels("", file.contentType(), tags(file.tags())));
        } catch (VfsException e) {
            throw new IllegalArgumentException(e.getMessage(), e);
        }
    }

    private static Map<String, String> tags(List<String> given) {
        Map<String, String> tags = new HashMap<>();
        for (String tag : given) {
            if (!RuleTags.isTag(tag)) {
                throw new IllegalArgumentException("the tag " + tag + " is not KEY=VALUE");
            }
            int end = tag.indexOf('=');
            tags.put(tag.substring(0, end), tag.substring(end + 1));
        }
        return tags;
    }

    private Account account(String name) throws ManagementException {
        return accounts.find(name).entry().account();
    }
}
