package dev.slipway.admin.api;

import dev.slipway.admin.management.Right;

/** Who may call a route. */
sealed interface Access {
    /** Everybody, without authentication. */
    Access PUBLIC = new Public();

    /** Whoever is authenticated, by any token or account. */
    Access AUTHENTICATED = new Authenticated();

    /** An account that has logged in: for its own files and settings, which tokens do not have. */
    Access OWN = new Own();

    record Public() implements Access {}

    record Authenticated() implements Access {}

    record Own() implements Access {}

    /** Whoever has a right. */
    record Requires(Right right) implements Access {}
}
