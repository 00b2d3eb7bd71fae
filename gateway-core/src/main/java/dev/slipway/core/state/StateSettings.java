package dev.slipway.core.state;

import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Secret;
import dev.slipway.core.setting.Setting;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** What is kept outside the bucket: the section {@code state} of the configuration. */
public record StateSettings(
        @Setting(
                value = "Directory for the state database, SSH host keys, and certificates that Slipway creates."
                        + " Created if missing. Each gateway needs its own.",
                byDefault = "slipway-state")
        Path directory,

        @Setting("PostgreSQL database for the state, which several gateways may share:"
                + " `jdbc:postgresql://host:5432/database`, with any options of the driver. Without it, a SQLite"
                + " file in `state.directory`. Requires PostgreSQL 12 or later, reached directly or through a"
                + " pool in session mode.")
        @Nullable
        String database,

        @Setting("User for `state.database`.") @Nullable String user,

        @Setting("Password for `state.user`.") @Nullable Secret password)
        implements CheckedSettings {
    @Override
    public void check(Problems problems) {
        if (database == null) {
            if (user != null || password != null) {
                problems.add("database", null, "is required with state.user and state.password");
            }
            return;
        }
        // Refused URLs are not shown at all: they may contain a password.
        if (PostgresAddress.mayHoldPassword(database)) {
            problems.add(
                    "database",
                    null,
                    "must not contain a user or a password; use state.user and state.password (write an @ that belongs"
                            + " to something else as %40)");
        } else if (!database.startsWith(PostgresAddress.SCHEME)) {
            problems.add("database", null, "must begin with " + PostgresAddress.SCHEME);
        }
    }
}
