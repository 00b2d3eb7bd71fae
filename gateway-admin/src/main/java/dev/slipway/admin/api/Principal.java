package dev.slipway.admin.api;

import dev.slipway.core.account.Role;
import dev.slipway.core.account.TokenOwner;
import org.jspecify.annotations.Nullable;

/**
 * The sender of a request.
 *
 * @param name the account, or {@code token NAME}: what its jobs are submitted by
 * @param role what it may do
 * @param session whether it used the cookie of a session, not a token
 * @param owner the owner of tokens that it adds; null if they have no owner, like its own token
 */
record Principal(
        String name, Role role, boolean session, @Nullable TokenOwner owner) {}
