package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Permission;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.push.PushOrderException;
import dev.slipway.transfer.push.Pushes;
import java.util.List;

/**
 * Orders to push files to remotes. Which remotes a principal may push to is checked with the order, and again at each
 * attempt, since rights may be withdrawn. All calls block for the database and may come from any thread.
 */
public final class ManagedPushes {
    private final Pushes pushes;
    private final Accounts accounts;
    private final Principal principal;

    ManagedPushes(Pushes pushes, Accounts accounts, Principal principal) {
        this.pushes = pushes;
        this.accounts = accounts;
        this.principal = principal;
    }

    /** Every problem of what can be said without looking anything up; empty if there is none. */
    public List<FieldProblem> problems(PushDefinition definition) {
        return definition.problems();
    }

    /**
     * Submits an order as a job; it is durable when this returns. An account that only pushes its own files needs the
     * permission to read them.
     *
     * @throws InvalidFieldsException there are problems
     * @throws PushOrderException the order is invalid, or names an unknown remote or account, or the principal may not
     *     push there
     */
    public Job submit(PushDefinition definition) throws ManagementException, PushOrderException {
        InvalidFieldsException.throwIfAny(problems(definition));
        if (!principal.hasOwnOnly()) {
            principal.require(Right.PUSH);
            return pushes.submit(definition.order(definition.source(), principal));
        }
        Account account = accounts.own().account();
        if (!account.permissions().contains(Permission.READ)) {
            throw new ManagementException(Reason.FORBIDDEN, "this account may not read files");
        }
        return pushes.submit(definition.order(account.name() + "@" + definition.source(), principal));
    }
}
