package dev.slipway.sftp.auth;

import dev.slipway.sftp.transport.Algorithms;
import dev.slipway.sftp.transport.SessionState;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.OpenSshCertificate;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.session.ServerSession;

/**
 * The library's authentication by public keys (RFC 4252 section 7) and certificates, which also records the signature
 * algorithms.
 */
public final class PublicKeyAuthentication extends UserAuthPublicKeyFactory {
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
                Boolean answer = super.doAuth(request, initial);
                if (Boolean.FALSE.equals(answer) && !state.askedForKey() && algorithm.contains("-cert-")) {
                    authentication.refused(getUsername(), session);
                }
                return answer;
            }

            // The library rejects every forced command, and compares addresses differently: our checks decide.
            @Override
            protected void verifyCriticalOptions(ServerSession ours, OpenSshCertificate certificate) {}
        };
    }
}
