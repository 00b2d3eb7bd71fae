package dev.slipway.core.net;

import java.util.Arrays;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** The groups that the Java runtime's TLS offers for key exchanges. */
public final class TlsGroups {
    /** Each handshake takes nearly ten times the usual CPU time, without a login, and every client has others. */
    private static final Set<String> COSTLY = Set.of("ffdhe6144", "ffdhe8192");

    private TlsGroups() {}

    /** Removes groups with which a client could waste the server's CPU time. To be called before the handshake. */
    public static void withoutCostly(SSLEngine server) {
        SSLParameters parameters = server.getSSLParameters();
        String[] offered = parameters.getNamedGroups();
        if (offered != null) {
            parameters.setNamedGroups(Arrays.stream(offered)
                    .filter(group -> !COSTLY.contains(group))
                    .toArray(String[]::new));
            server.setSSLParameters(parameters);
        }
    }
}
