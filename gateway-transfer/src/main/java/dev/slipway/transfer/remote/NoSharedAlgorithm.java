package dev.slipway.transfer.remote;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A server and the gateway have no algorithm of a kind in common.
 *
 * @param kind the kind of algorithm, for people
 * @param hostKey whether it is that of the host key, which depends on the keys that are accepted
 * @param offered what the server offers, its favourite first
 */
record NoSharedAlgorithm(String kind, boolean hostKey, List<String> offered) {
    /** What the library says. */
    private static final Pattern SAID =
            Pattern.compile("key exchange for (.*) \\(client: (.*) / server: (.*)\\)", Pattern.DOTALL);

    /** How the description begins. */
    static final String SHARES_NO = "it shares no ";

    private static final int MOST = 5;

    /** Reads what the library says; empty if that is something else. */
    static Optional<NoSharedAlgorithm> of(String message) {
        Matcher said = SAID.matcher(message);
        if (!said.find()) {
            return Optional.empty();
        }
        String what = said.group(1);
        boolean hostKey = what.contains("host key");
        String kind = hostKey
                ? "host key algorithm"
                : what.startsWith("kex")
                        ? "key exchange"
                        : what.startsWith("mac") ? "MAC" : what.startsWith("encryption") ? "cipher" : what;
        // Some entries announce a capability of the protocol, and are no algorithms.
        List<String> offered = Stream.of(said.group(3).split(","))
                .map(String::strip)
                .filter(name -> !name.isEmpty() && !name.startsWith("ext-info-") && !name.startsWith("kex-strict-"))
                .toList();
        return Optional.of(new NoSharedAlgorithm(kind, hostKey, offered));
    }

    /**
     * For people.
     *
     * @param legacy whether algorithms that are no longer safe were offered to it, too
     */
    String describe(boolean legacy) {
        String list =
                offered.isEmpty() ? "none" : String.join(", ", offered.subList(0, Math.min(MOST, offered.size())));
        return SHARES_NO + kind + " with the gateway; it offers " + list
                + (offered.size() > MOST ? " and " + (offered.size() - MOST) + " more" : "")
                + (legacy
                        ? offered.isEmpty() ? "" : ", which are not even among the old ones that this gateway knows"
                        : ". If it is too old for others and cannot be updated, set legacyAlgorithms for this remote");
    }
}
