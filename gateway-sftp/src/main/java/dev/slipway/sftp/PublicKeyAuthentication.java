package dev.slipway.sftp;

import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.common.util.buffer.ByteArrayBuffer;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKey;
import org.apache.sshd.server.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.server.session.ServerSession;

/** The library's authentication by public keys (RFC 4252 section 7), which also notes what keys are used with. */
final class PublicKeyAuthentication extends UserAuthPublicKeyFactory {
    @Override
    public UserAuthPublicKey createUserAuth(ServerSession session) {
        return new UserAuthPublicKey(getSignatureFactories()) {
            @Override
            public Boolean doAuth(Buffer request, boolean initial) throws Exception {
                Buffer fields = new ByteArrayBuffer(request.array(), request.rpos(), request.available());
                fields.getBoolean();
                SessionState.of(session).keyAlgorithm(fields.getString());
                return super.doAuth(request, initial);
            }
        };
    }
}
