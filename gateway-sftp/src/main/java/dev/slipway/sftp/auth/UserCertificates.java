package dev.slipway.sftp.auth;

import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Network;
import dev.slipway.core.event.UserCertificate;
import dev.slipway.sftp.CertificateTrust;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.config.keys.OpenSshCertificate;

/**
 * Decides which OpenSSH user certificates are accepted (<a
 * href="https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.certkeys">PROTOCOL.certkeys</a>).
 *
 * <p>The library verifies that a certificate was signed by the CA key in it, and later that its user has the private
 * key. This class decides whether that CA is trusted, and checks the restrictions in the certificate.
 */
final class UserCertificates {
    /** What OpenSSH accepts from CAs by default: everything except SHA-1. */
    private static final Set<String> SIGNATURES = Set.of(
            "ssh-ed25519",
            "sk-ssh-ed25519@openssh.com",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "rsa-sha2-256",
            "rsa-sha2-512");

    /** The only forced command that is accepted, since SFTP is what clients get anyway. */
    private static final String SFTP_COMMAND = "internal-sftp";

    private UserCertificates() {}

    /** A certificate is rejected. The message says why. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /**
     * What an accepted certificate allows.
     *
     * @param principals its principals; never empty
     * @param sftpOnly whether it is for SFTP and nothing else
     */
    record Admission(UserCertificate certificate, Collection<String> principals, boolean sftpOnly) {}

    /**
     * Checks a certificate whose signature the library has verified. Does not block.
     *
     * @throws RefusedException it is not acceptable, or not now, or not from this address
     */
    static Admission check(OpenSshCertificate certificate, CertificateTrust trust, InetAddress client, Instant now)
            throws RefusedException {
        AuthorizedKey authority = key(certificate.getCaPubKey(), "the CA's key");
        require(trust.trusts(authority), "its CA " + authority.fingerprint() + " is not trusted");
        BigInteger serial = new BigInteger(Long.toUnsignedString(certificate.getSerial()));
        UserCertificate named = new UserCertificate(certificate.getId(), serial.toString(), authority.fingerprint());
        require(
                SIGNATURES.contains(certificate.getSignatureAlgorithm()),
                "it is signed with " + certificate.getSignatureAlgorithm());
        require(certificate.getType() == OpenSshCertificate.Type.USER, "it is not a user certificate");
        require(OpenSshCertificate.isValidAt(certificate, now), "it has expired or is not valid yet");
        require(
                !trust.revokes(authority)
                        && !trust.revokes(key(certificate.getCertPubKey(), "the user's key"))
                        && !trust.revokes(serial)
                        && !trust.revokedIds().contains(certificate.getId()),
                "it is revoked");
        // As in OpenSSH, a certificate without principals is valid for no account.
        require(!certificate.getPrincipals().isEmpty(), "it has no principals");
        boolean sftpOnly = checkOptions(certificate.getCriticalOptionsMap(), client);
        return new Admission(named, certificate.getPrincipals(), sftpOnly);
    }

    /** Returns whether it is for SFTP only. */
    private static boolean checkOptions(Map<String, String> options, InetAddress client) throws RefusedException {
        boolean sftpOnly = false;
        for (Map.Entry<String, String> option : options.entrySet()) {
            switch (option.getKey()) {
                case OpenSshCertificate.FORCE_COMMAND -> {
                    require(option.getValue().equals(SFTP_COMMAND), "it forces a command other than " + SFTP_COMMAND);
                    sftpOnly = true;
                }
                case OpenSshCertificate.SOURCE_ADDRESS ->
                    require(contains(option.getValue(), client), "it is not valid for " + client.getHostAddress());
                default -> throw new RefusedException("it has an unsupported critical option: " + option.getKey());
            }
        }
        return sftpOnly;
    }

    private static boolean contains(String networks, InetAddress client) throws RefusedException {
        boolean found = false;
        for (String network : networks.split(",", -1)) {
            try {
                found |= Network.parse(network.strip()).contains(client);
            } catch (IllegalArgumentException e) {
                // All entries must be valid; otherwise the CA's intention is unclear.
                throw new RefusedException("its source-address is malformed: " + e.getMessage());
            }
        }
        return found;
    }

    private static AuthorizedKey key(PublicKey key, String what) throws RefusedException {
        try {
            return AuthorizedKey.of(key, "");
        } catch (RuntimeException _) {
            throw new RefusedException(what + " is of an unsupported type");
        }
    }

    private static void require(boolean condition, String otherwise) throws RefusedException {
        if (!condition) {
            throw new RefusedException(otherwise);
        }
    }
}
