package dev.slipway.admin.api;

import dev.slipway.core.account.Role;

/**
 * Who has sent a request.
 *
 * @param name the account, or {@code token NAME}: what its jobs are submitted by
 * @param role what it may do
 * @param session whether it has shown the cookie of a session, and no token
 */
record Principal(String name, Role role, boolean session) {}
