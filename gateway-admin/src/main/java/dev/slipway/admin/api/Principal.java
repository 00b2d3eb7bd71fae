package dev.slipway.admin.api;

import dev.slipway.core.account.Role;
import dev.slipway.core.account.TokenOwner;
import org.jspecify.annotations.Nullable;

/**
 * Who has sent a request.
 *
 * @param name the account, or {@code token NAME}: what its jobs are submitted by
 * @param role what it may do
 * @param session whether it has shown the cookie of a session, and no token
 * @param owner who owns the tokens that it adds; null if they are nobody's, as the token is that it has shown
 */
record Principal(
        String name, Role role, boolean session, @Nullable TokenOwner owner) {}
