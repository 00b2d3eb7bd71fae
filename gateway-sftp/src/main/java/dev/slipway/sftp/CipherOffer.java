package dev.slipway.sftp;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.apache.sshd.common.kex.KexProposalOption;

/**
 * Which ciphers OpenSSH's clients are offered. The first of a client's ciphers that the server has, too, is taken (RFC
 * 4253, section 7.1). That is AES-GCM since OpenSSH 10.0. Before, it was AES-CTR with a MAC beside it, which costs both
 * sides about a third more, unless the server had nothing but GCM. See ADR 24.
 */
final class CipherOffer {
    private static final Pattern BEFORE_10 = Pattern.compile("SSH-2\\.0-OpenSSH_(for_Windows_)?\\d\\..*");

    /** What they prefer whose users have not chosen; behind it, old ones have some more. */
    private static final String UNCHOSEN = "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,"
            + "aes128-gcm@openssh.com,aes256-gcm@openssh.com";

    private CipherOffer() {}

    /** Whether the offer depends on what the client prefers, so that it should be heard first. */
    static boolean dependsOnWishOf(String clientVersion) {
        return BEFORE_10.matcher(clientVersion).matches();
    }

    /**
     * Leaves AES-GCM alone in the offer to a client whose order nobody has chosen.
     *
     * @param wish what the client has proposed; empty if it is not known
     */
    static void narrow(Map<KexProposalOption, String> offer, Map<KexProposalOption, String> wish) {
        for (KexProposalOption direction : List.of(KexProposalOption.C2SENC, KexProposalOption.S2CENC)) {
            if (wish.getOrDefault(direction, "").startsWith(UNCHOSEN)) {
                offer.computeIfPresent(
                        direction,
                        (_, names) -> Arrays.stream(names.split(","))
                                .filter(name -> name.endsWith("-gcm@openssh.com"))
                                .collect(Collectors.joining(",")));
            }
        }
    }
}
