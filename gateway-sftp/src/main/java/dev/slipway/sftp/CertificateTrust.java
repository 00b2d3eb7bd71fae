package dev.slipway.sftp;

import dev.slipway.core.account.AuthorizedKey;
import java.math.BigInteger;
import java.util.List;
import java.util.Set;

/**
 * Trusted certificate authorities, and revocations.
 *
 * @param authorities the keys of the CAs
 * @param revokedKeys fingerprints of revoked keys: user keys, with or without a certificate, and CAs
 * @param revokedSerials revoked serial numbers, for all CAs
 * @param revokedIds revoked certificate ids, likewise
 */
public record CertificateTrust(
        List<AuthorizedKey> authorities,
        Set<String> revokedKeys,
        List<SerialRange> revokedSerials,
        Set<String> revokedIds) {
    /** No certificate is accepted, and nothing is revoked. */
    public static final CertificateTrust NONE = new CertificateTrust(List.of(), Set.of(), List.of(), Set.of());

    /**
     * Numbers of certificates.
     *
     * @param first the least, 0 to 2^64-1
     * @param last the greatest; not less
     */
    public record SerialRange(BigInteger first, BigInteger last) {
        boolean contains(BigInteger serial) {
            return first.compareTo(serial) <= 0 && serial.compareTo(last) <= 0;
        }
    }

    public CertificateTrust {
        authorities = List.copyOf(authorities);
        revokedKeys = Set.copyOf(revokedKeys);
        revokedSerials = List.copyOf(revokedSerials);
        revokedIds = Set.copyOf(revokedIds);
    }

    public boolean trusts(AuthorizedKey authority) {
        return authorities.stream().anyMatch(known -> known.fingerprint().equals(authority.fingerprint()));
    }

    public boolean revokes(AuthorizedKey key) {
        return revokedKeys.contains(key.fingerprint());
    }

    public boolean revokes(BigInteger serial) {
        return revokedSerials.stream().anyMatch(range -> range.contains(serial));
    }
}
