package dev.slipway.admin.management;

import dev.slipway.admin.management.ManagementException.Reason;
import dev.slipway.core.FieldProblem;
import dev.slipway.core.InvalidFieldsException;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.state.ApiTokenTable;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;

/** The tokens of the HTTP API. All calls block for the database and may come from any thread. */
public final class ManagedTokens {
    private final ApiTokenTable tokens;
    private final Clock clock;
    private final Principal principal;

    ManagedTokens(ApiTokenTable tokens, Clock clock, Principal principal) {
        this.tokens = tokens;
        this.clock = clock;
        this.principal = principal;
    }

    /**
     * A token that was just added.
     *
     * @param secret what its holder sends; it cannot be found out later
     */
    public record Added(ApiToken token, String secret) {
        /** Without the secret. */
        @Override
        public String toString() {
            return "token " + token.name();
        }
    }

    /** All tokens by name, including expired ones. */
    public List<ApiToken> list() throws ManagementException {
        principal.require(Right.MANAGE_TOKENS);
        return tokens.read();
    }

    /** Every problem of a new token; empty if there is none. */
    public List<FieldProblem> problems(TokenDefinition definition) {
        return definition.problems(now());
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * Adds a token, which its owner's rights end with. It may do no more than the principal itself.
     *
     * @throws ManagementException the name is taken
     * @throws InvalidFieldsException there are problems
     */
    public Added add(TokenDefinition definition) throws ManagementException {
        principal.require(Right.MANAGE_TOKENS);
        InvalidFieldsException.throwIfAny(problems(definition));
        Instant expires = definition.expires();
        ApiToken token = new ApiToken(
                definition.name(),
                definition.role(),
                now(),
                expires == null ? null : expires.truncatedTo(ChronoUnit.SECONDS),
                null,
                principal.tokenOwner());
        String secret = ApiToken.newSecret();
        if (!tokens.add(token, secret)) {
            throw new ManagementException(Reason.TOKEN_EXISTS, "the token '" + definition.name() + "' already exists");
        }
        return new Added(token, secret);
    }

    /**
     * Removes a token, which is not accepted from then on.
     *
     * @throws ManagementException there is no such token
     */
    public void remove(String name) throws ManagementException {
        principal.require(Right.MANAGE_TOKENS);
        if (!tokens.remove(name)) {
            throw new ManagementException(Reason.UNKNOWN_TOKEN, "no such token: '" + name + "'");
        }
    }
}
