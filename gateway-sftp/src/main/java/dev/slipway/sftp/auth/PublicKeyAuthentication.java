package dev.slipway.sftp.auth;

import dev.slipway.sftp.transport.Algorithms;
import dev.slipway.sftp.transport.SessionState;
import java.security.cert.CertificateException;
import java.security.interfaces.RSAPublicKey;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.session.ServerSession;
import org.bouncycastle.util.Properties;

/**
 * The library's authentication by public keys (RFC 4252 section 7) and certificates, which also records the signature
 * algorithms.
 */
public final class PublicKeyAuthentication extends UserAuthPublicKeyFactory {
    /**
     * Lets BouncyCastle skip its primality tests of RSA moduli, which take up to ten seconds of CPU time for a modulus
     * that a client has made up. They are of no use here: keys are compared with known ones, or signed by a CA.
     */
    private static final String UNTESTED_MODULI = "org.bouncycastle.rsa.allow_unsafe_mod";

    /** Maximum length of an RSA key's public exponent, in bits, as in OpenSSL. It is nearly always 65537. */
    private static final int LONGEST_EXPONENT = 64;

    private final Authentication authentication;

    /** @param authentication is notified of certificates that the library refuses itself */
    public PublicKeyAuthentication(Algorithms algorithms, Authentication authentication) {
        super(Stream.concat(algorithms.signatures().stream(), Algorithms.CERTIFICATE_SIGNATURES.stream())
                .toList());
        this.authentication = authentication;
    }

    @Override
    public UserAuthPublicKey createUserAuth(ServerSession session) {
        return new UserAuthPublicKey(getSignatureFactories()) {
            @Override
            public Boolean doAuth(Buffer request, boolean initial) throws Exception {
                Buffer fields = new ByteArrayBuffer(request.array(), request.rpos(), request.available());
                fields.getBoolean();
                String algorithm = fields.getString();
                SessionState state = SessionState.of(session);
                state.keyAlgorithm(algorithm);
                state.askedForKey(false);
                Boolean answer;
                Properties.setThreadOverride(UNTESTED_MODULI, true);
                try {
                    answer = super.doAuth(request, initial);
                } finally {
                    Properties.removeThreadOverride(UNTESTED_MODULI);
                }
                if (Boolean.FALSE.equals(answer) && !state.askedForKey() && algorithm.contains("-cert-")) {
                    authentication.refused(getUsername(), session);
                }
                return answer;
            }

            // Anybody can send a certificate with a key of their own as its CA's, whose verification takes seconds.
            @Override
            protected void verifyCertificateSignature(ServerSession ours, OpenSshCertificate certificate)
                    throws Exception {
                if (certificate.getCaPubKey() instanceof RSAPublicKey key
                        && key.getPublicExponent().bitLength() > LONGEST_EXPONENT) {
                    throw new CertificateException(
                            "the exponent of its CA's RSA key has more than " + LONGEST_EXPONENT + " bits");
                }
                super.verifyCertificateSignature(ours, certificate);
            }

            // The library rejects every forced command, and compares addresses differently: our checks decide.
            @Override
            protected void verifyCriticalOptions(ServerSession ours, OpenSshCertificate certificate) {}
        };
    }
}
