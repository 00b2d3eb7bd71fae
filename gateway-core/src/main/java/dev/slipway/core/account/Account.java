package dev.slipway.core.account;

import java.util.List;
import java.util.Set;

/**
 * Somebody who may log in, without the proofs.
 *
 * @param name the login's name
 * @param mounts what the account sees, at least one
 * @param permissions what it may do there
 */
public record Account(String name, List<Mount> mounts, Set<Permission> permissions) {
    public Account {
        if (name.isBlank()) {
            throw new IllegalArgumentException("an account's name must not be blank");
        }
        if (mounts.isEmpty()) {
            throw new IllegalArgumentException("account " + name + ": at least one mount is needed");
        }
        mounts = List.copyOf(mounts);
        permissions = Set.copyOf(permissions);
    }
}
