package dev.slipway.sftp.transport;

import dev.slipway.sftp.ExtraKeyExchange;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.NamedResource;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.cipher.Cipher;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.mac.Mac;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.signature.Signature;
import org.apache.sshd.server.ServerBuilder;
import org.jspecify.annotations.Nullable;

/**
 * The algorithms that the listener offers, best first, without those that the Java runtime does not support.
 *
 * @param signatures for the host keys and for the users' keys
 */
public record Algorithms(
        List<KeyExchangeFactory> keyExchanges,
        List<NamedFactory<Cipher>> ciphers,
        List<NamedFactory<Mac>> macs,
        List<NamedFactory<Signature>> signatures) {
    /** Without group 18, which takes 0.4 s of CPU each time, and those of {@link ExtraKeyExchange}. */
    private static final List<BuiltinDHFactories> KEY_EXCHANGES = List.of(
            BuiltinDHFactories.mlkem768x25519,
            BuiltinDHFactories.sntrup761x25519,
            BuiltinDHFactories.sntrup761x25519_openssh,
            BuiltinDHFactories.mlkem768nistp256,
            BuiltinDHFactories.mlkem1024nistp384,
            BuiltinDHFactories.curve25519,
            BuiltinDHFactories.curve25519_libssh,
            BuiltinDHFactories.ecdhp256,
            BuiltinDHFactories.ecdhp384,
            BuiltinDHFactories.ecdhp521,
            BuiltinDHFactories.dhg14_256);

    /** Without chacha20-poly1305: the library's own is several times slower, and it is OpenSSH's first choice. */
    private static final List<BuiltinCiphers> CIPHERS = List.of(
            BuiltinCiphers.aes128gcm,
            BuiltinCiphers.aes256gcm,
            BuiltinCiphers.aes128ctr,
            BuiltinCiphers.aes192ctr,
            BuiltinCiphers.aes256ctr);

    private static final List<BuiltinMacs> MACS = List.of(
            BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm, BuiltinMacs.hmacsha256, BuiltinMacs.hmacsha512);

    private static final List<BuiltinSignatures> SIGNATURES = List.of(
            BuiltinSignatures.ed25519,
            BuiltinSignatures.nistp256,
            BuiltinSignatures.nistp384,
            BuiltinSignatures.nistp521,
            BuiltinSignatures.rsaSHA512,
            BuiltinSignatures.rsaSHA256,
            BuiltinSignatures.sk_ssh_ed25519,
            BuiltinSignatures.sk_ecdsa_sha2_nistp256);

    /**
     * Signature algorithms accepted from user keys, including those in certificates. They differ from the listener's
     * own: a user certificate is not a host key. Outdated ones are for plain keys only.
     */
    public static final List<NamedFactory<Signature>> CERTIFICATE_SIGNATURES = List.copyOf(supported(List.of(
            BuiltinSignatures.ed25519_cert,
            BuiltinSignatures.nistp256_cert,
            BuiltinSignatures.nistp384_cert,
            BuiltinSignatures.nistp521_cert,
            BuiltinSignatures.rsaSHA512_cert,
            BuiltinSignatures.rsaSHA256_cert)));

    // The library also considers it outdated.
    @SuppressWarnings("deprecation")
    private static final List<BuiltinDHFactories> LEGACY_KEY_EXCHANGES = List.of(BuiltinDHFactories.dhg14);

    private static final List<BuiltinCiphers> LEGACY_CIPHERS =
            List.of(BuiltinCiphers.aes128cbc, BuiltinCiphers.aes192cbc, BuiltinCiphers.aes256cbc);

    private static final List<BuiltinMacs> LEGACY_MACS = List.of(BuiltinMacs.hmacsha1);

    private static final List<BuiltinSignatures> LEGACY_SIGNATURES = List.of(BuiltinSignatures.rsa);

    private static final Set<String> LEGACY = Stream.of(
                    LEGACY_KEY_EXCHANGES, LEGACY_CIPHERS, LEGACY_MACS, LEGACY_SIGNATURES)
            .flatMap(List::stream)
            .map(NamedResource::getName)
            .collect(Collectors.toUnmodifiableSet());

    /** The secure algorithms. */
    public static final Algorithms MODERN = of(KEY_EXCHANGES, CIPHERS, MACS, SIGNATURES);

    /** These, followed by algorithms for ten-year-old clients. */
    public static final Algorithms WITH_LEGACY = of(
            joined(KEY_EXCHANGES, LEGACY_KEY_EXCHANGES),
            joined(CIPHERS, LEGACY_CIPHERS),
            joined(MACS, LEGACY_MACS),
            joined(SIGNATURES, LEGACY_SIGNATURES));

    /** These, followed by some extra key exchanges. */
    public Algorithms with(Set<ExtraKeyExchange> extra) {
        List<KeyExchangeFactory> all = new ArrayList<>(keyExchanges);
        extra.stream().sorted().map(Algorithms::factory).forEach(all::add);
        return new Algorithms(List.copyOf(all), ciphers, macs, signatures);
    }

    private static KeyExchangeFactory factory(ExtraKeyExchange extra) {
        return switch (extra) {
            case GROUP16 -> ServerBuilder.DH2KEX.apply(BuiltinDHFactories.dhg16_512);
            case GROUP_EXCHANGE -> new GroupExchange();
        };
    }

    private static Algorithms of(
            List<BuiltinDHFactories> keyExchanges,
            List<BuiltinCiphers> ciphers,
            List<BuiltinMacs> macs,
            List<BuiltinSignatures> signatures) {
        return new Algorithms(
                NamedFactory.setUpTransformedFactories(false, keyExchanges, ServerBuilder.DH2KEX),
                List.copyOf(supported(ciphers)),
                List.copyOf(supported(macs)),
                List.copyOf(supported(signatures)));
    }

    private static <F extends OptionalFeature> List<F> supported(List<F> factories) {
        return factories.stream().filter(OptionalFeature::isSupported).toList();
    }

    private static <F> List<F> joined(List<F> modern, List<F> legacy) {
        List<F> all = new ArrayList<>(modern);
        all.addAll(legacy);
        return all;
    }

    static boolean isLegacy(String name) {
        return LEGACY.contains(name);
    }

    /** The outdated algorithms that a connection uses. */
    static Set<String> legacyOf(Session session) {
        Map<KexProposalOption, String> agreed = new EnumMap<>(session.getKexNegotiationResult());
        // With these ciphers the negotiated MAC is not used (RFC 5647 section 5.1).
        if (isAuthenticated(agreed.get(KexProposalOption.C2SENC))) {
            agreed.remove(KexProposalOption.C2SMAC);
        }
        if (isAuthenticated(agreed.get(KexProposalOption.S2CENC))) {
            agreed.remove(KexProposalOption.S2CMAC);
        }
        return agreed.values().stream().filter(Algorithms::isLegacy).collect(Collectors.toCollection(TreeSet::new));
    }

    private static boolean isAuthenticated(@Nullable String cipher) {
        return BuiltinCiphers.aes128gcm.getName().equals(cipher)
                || BuiltinCiphers.aes256gcm.getName().equals(cipher);
    }
}
