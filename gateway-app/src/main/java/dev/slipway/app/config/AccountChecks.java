package dev.slipway.app.config;

import dev.slipway.app.keys.SshKeys;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.setting.Problem;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The rules for one account, wherever it is defined. */
final class AccountChecks {
    private final @Nullable String bucket;
    private final List<Problem> problems;

    /**
     * @param bucket the bucket of mounts that name none; null if there is none
     * @param problems receives what is wrong
     */
    AccountChecks(@Nullable String bucket, List<Problem> problems) {
        this.bucket = bucket;
        this.problems = problems;
    }

    private void problem(String key, @Nullable Object value, String expected) {
        problems.add(Problem.of(key, value, expected));
    }

    /**
     * Everything but whether somebody could log in.
     *
     * @param key the beginning of its keys
     */
    void check(String key, GatewaySettings.Account account) {
        if (account.password() != null && account.passwordHash() != null) {
            problem(key + "passwordHash", null, "cannot be used together with " + key + "password");
        }
        if (account.passwordHash() != null) {
            try {
                PasswordHash.parse(account.passwordHash().reveal());
            } catch (IllegalArgumentException e) {
                problem(key + "passwordHash", account.passwordHash(), String.valueOf(e.getMessage()));
            }
        }
        for (int i = 0; i < account.authorizedKeys().size(); i++) {
            checkKey(key + "authorizedKeys[" + i + "]", account.authorizedKeys().get(i));
        }
        for (FieldProblem problem : account.definition().problems(bucket)) {
            // That s3.bucket is missing is said once, and not for each account.
            if (!problem.field().equals("mounts")) {
                problems.add(Problem.of(key, problem));
            }
        }
    }

    /** That somebody could log in, without a certificate. */
    void checkProof(String key, GatewaySettings.Account account) {
        if (account.password() == null
                && account.passwordHash() == null
                && account.authorizedKeys().isEmpty()) {
            problem(
                    key + "password",
                    null,
                    "is required, or passwordHash or authorizedKeys: account '" + account.name()
                            + "' could never log in");
        }
    }

    private void checkKey(String key, String line) {
        try {
            SshKeys.parsePublic(line);
        } catch (IllegalArgumentException e) {
            problem(key, line, String.valueOf(e.getMessage()));
        }
    }
}
