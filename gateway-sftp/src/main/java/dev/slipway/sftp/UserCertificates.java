package dev.slipway.sftp;

import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Network;
import dev.slipway.core.event.UserCertificate;
import java.math.BigInteger;
import java.net.InetAddress;
import java.security.PublicKey;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.common.config.keys.OpenSshCertificate;

/**
 * Decides which of OpenSSH's user certificates are good
 * (<a href="https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.certkeys">PROTOCOL.certkeys</a>).
 *
 * <p>The library verifies that a certificate was signed by the key that is named in it, and later that its user has the
 * private key. Whether that authority is one of ours, and all that it says of the certificate's use, is decided here.
 */
final class UserCertificates {
    /** What OpenSSH takes from authorities by default: everything but SHA-1. */
    private static final Set<String> SIGNATURES = Set.of(
            "ssh-ed25519",
            "sk-ssh-ed25519@openssh.com",
            "ecdsa-sha2-nistp256",
            "ecdsa-sha2-nistp384",
            "ecdsa-sha2-nistp521",
            "sk-ecdsa-sha2-nistp256@openssh.com",
            "rsa-sha2-256",
            "rsa-sha2-512");

    /** The one command that leads where everybody is led here. */
    private static final String SFTP_COMMAND = "internal-sftp";

    private UserCertificates() {}

    /** A certificate is not good. The message says why. */
    static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        RefusedException(String message) {
            super(message);
        }
    }

    /**
     * What a good certificate admits to.
     *
     * @param principals for whom it is; never empty
     * @param sftpOnly whether it is for SFTP and nothing else
     */
    record Admission(UserCertificate certificate, Collection<String> principals, boolean sftpOnly) {}

    /**
     * Checks a certificate whose signature the library has verified. Does not block.
     *
     * @throws RefusedException it is not good, or not now, or not from there
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
        // To OpenSSH, too, none means nobody, and not anybody.
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
                // All of them must be right, or nobody knows what the authority meant.
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
