package dev.slipway.admin.api;

import dev.slipway.admin.http.HttpExchange;
import dev.slipway.admin.management.Principal;
import dev.slipway.transfer.json.JsonBody;
import java.net.InetAddress;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An authorised request.
 *
 * @param sender who sends it; null for public routes
 * @param path the values of the placeholders in the route's path
 * @param query the parameters; each may be given once
 * @param headers gives the first header of a name; null if there is none
 * @param claim receives the claimed name at a login, for the audit log
 * @param reader reads the body on demand
 * @param content receives the body piece by piece, for routes whose body is a file
 */
record ApiRequest(
        Callers.@Nullable Caller sender,
        InetAddress address,
        Map<String, String> path,
        Map<String, String> query,
        Function<String, @Nullable String> headers,
        Consumer<String> claim,
        Supplier<JsonBody> reader,
        Supplier<HttpExchange.Content> content) {
    /** The sender, for routes that are not public. */
    Principal caller() {
        return authenticated().principal();
    }

    private Callers.Caller authenticated() {
        if (sender == null) {
            throw new IllegalStateException("a public route has no caller");
        }
        return sender;
    }

    /** The login of the sender, for routes of accounts. */
    Logins.Login login() {
        Logins.Login login = authenticated().login();
        if (login == null) {
            throw new IllegalStateException("a token has no login");
        }
        return login;
    }

    /** A name of the path. */
    String name(String name) {
        String value = path.get(name);
        if (value == null) {
            throw new IllegalStateException("the route has no {" + name + "}");
        }
        return value;
    }

    @Nullable
    String header(String name) {
        return headers.apply(name);
    }

    /** The required body. Blocks until it has arrived. */
    JsonBody body() {
        return reader.get();
    }

    /** @param parser throws IllegalArgumentException with the problem */
    <T> @Nullable T query(String name, String expected, Function<String, T> parser) {
        String text = query.get(name);
        if (text == null) {
            return null;
        }
        try {
            return parser.apply(text);
        } catch (IllegalArgumentException e) {
            throw ProblemException.invalidQuery(name, "'" + text + "' is not valid: " + e.getMessage(), expected);
        }
    }
}
