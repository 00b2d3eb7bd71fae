package dev.slipway.transfer.remote;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.sshd.client.config.hosts.KnownHostEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.config.keys.PublicKeyEntryResolver;

/** Reads files in the format of OpenSSH's {@code known_hosts} ({@code sshd(8)}), with hashed names too. */
public final class KnownHosts {
    private static final String AUTHORITY = "cert-authority";
    private static final String REVOKED = "revoked";

    private KnownHosts() {}

    /**
     * The keys of a host.
     *
     * @param text the file
     * @param host as one connects to it
     * @return as {@link Remote#hostKeys} has them; empty if the file has none. Those that it calls revoked are not among them
     * @throws IllegalArgumentException the file is damaged
     */
    public static List<String> hostKeys(String text, String host, int port) {
        List<String> keys = new ArrayList<>();
        List<String> revoked = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(new StringReader(text))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                KnownHostEntry entry = line.isBlank() ? null : KnownHostEntry.parseKnownHostEntry(line);
                if (entry == null || !entry.isHostMatch(host, port)) {
                    continue;
                }
                String key = key(entry);
                if (entry.getMarker() == null) {
                    keys.add(key);
                } else if (entry.getMarker().equals(AUTHORITY)) {
                    keys.add("@" + AUTHORITY + " " + key);
                } else if (entry.getMarker().equals(REVOKED)) {
                    revoked.add(key);
                }
            }
        } catch (IOException e) {
            throw new IllegalArgumentException("cannot be read", e);
        }
        keys.removeIf(key -> revoked.stream().anyMatch(key::endsWith));
        return keys;
    }

    private static String key(KnownHostEntry entry) {
        StringBuilder text = new StringBuilder();
        try {
            PublicKey key = entry.getKeyEntry().resolvePublicKey(null, Map.of(), PublicKeyEntryResolver.FAILING);
            PublicKeyEntry.appendPublicKeyEntry(text, key);
        } catch (IOException | GeneralSecurityException e) {
            throw new IllegalArgumentException("has a key that cannot be read: " + entry.getConfigLine(), e);
        }
        return text.toString();
    }
}
