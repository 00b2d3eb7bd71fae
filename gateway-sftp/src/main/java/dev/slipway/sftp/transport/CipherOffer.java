package dev.slipway.sftp.transport;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.extension.KexExtensions;

/**
 * Which ciphers OpenSSH's clients are offered. The first of the client's ciphers that the server supports is chosen
 * (RFC 4253, section 7.1). Since OpenSSH 10.0 that is AES-GCM. Before, it is AES-CTR with a separate MAC, which costs
 * the gateway about a third more, unless the server offers only GCM. See ADR 24.
 */
final class CipherOffer {
    /** 7.2 is the first version that sends {@code ext-info-c}. */
    private static final Pattern FROM_7_TO_9 = Pattern.compile("SSH-2\\.0-OpenSSH_(for_Windows_)?[789]\\..*");

    /** The default order of clients; up to 7.5 more ciphers follow it. */
    private static final String UNCHOSEN = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
            + "aes128-gcm@openssh.com,aes256-gcm@openssh.com";

    private CipherOffer() {}

    /** Whether the offer depends on the client's preference, which is then needed first. */
    static boolean dependsOnWishOf(String clientVersion) {
        return FROM_7_TO_9.matcher(clientVersion).matches();
    }

    /**
     * Offers only AES-GCM to a client with the default order. ssh-audit identifies itself as such a client, to see
     * everything that a server offers, but does not support extensions.
     *
     * @param wish the client's proposal; empty if unknown
     */
    static void narrow(Map<KexProposalOption, String> offer, Map<KexProposalOption, String> wish) {
        if (!names(wish.getOrDefault(KexProposalOption.ALGORITHMS, "")).contains(KexExtensions.CLIENT_KEX_EXTENSION)) {
            return;
        }
        for (KexProposalOption direction : List.of(KexProposalOption.C2SENC, KexProposalOption.S2CENC)) {
            if (wish.getOrDefault(direction, "").startsWith(UNCHOSEN)) {
                offer.computeIfPresent(direction, (_, ciphers) -> gcmOf(ciphers));
            }
        }
    }

    /** All of them if the Java runtime has no GCM. */
    private static String gcmOf(String ciphers) {
        String gcm = names(ciphers).stream()
                .filter(name -> name.endsWith("-gcm@openssh.com"))
                .collect(Collectors.joining(","));
        return gcm.isEmpty() ? ciphers : gcm;
    }

    private static List<String> names(String list) {
        return Arrays.asList(list.split(","));
    }
}
