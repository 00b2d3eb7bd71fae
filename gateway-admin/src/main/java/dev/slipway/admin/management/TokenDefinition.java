package dev.slipway.admin.management;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.NameRule;
import dev.slipway.core.account.Role;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A token of the HTTP API that is to be added.
 *
 * @param name its name
 * @param role what it may do
 * @param expires the expiry date, from which it is refused; null for never
 */
public record TokenDefinition(
        String name, Role role, @Nullable Instant expires) {
    /** Every problem; empty if there is none. */
    List<FieldProblem> problems(Instant now) {
        List<FieldProblem> problems = new ArrayList<>();
        if (!NameRule.TOKEN.accepts(name)) {
            problems.add(new FieldProblem("name", "'" + name + "' is not valid", NameRule.TOKEN.expected()));
        }
        if (expires != null && !expires.isAfter(now)) {
            problems.add(new FieldProblem("expires", "it is in the past", "a time in the future"));
        }
        return problems;
    }
}
