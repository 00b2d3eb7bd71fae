package dev.slipway.sftp.transport;

import java.util.List;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.kex.KeyExchange;
import org.apache.sshd.common.kex.KeyExchangeFactory;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.server.kex.DHGEXServer;
import org.apache.sshd.server.kex.Moduli;
import org.apache.sshd.server.session.ServerSession;

/**
 * The library's Diffie-Hellman group exchange (RFC 4419) with groups of up to 4096 bits: larger ones, whose computation
 * takes hundreds of milliseconds, are not offered.
 */
final class GroupExchange implements KeyExchangeFactory {
    private static final int MOST_BITS = 4096;

    @Override
    public String getName() {
        return BuiltinDHFactories.dhgex256.getName();
    }

    @Override
    public KeyExchange createKeyExchange(Session session) throws Exception {
        return new DHGEXServer(BuiltinDHFactories.dhgex256, session) {
            @Override
            protected List<Moduli.DhGroup> selectModuliGroups(
                    ServerSession server, int least, int preferred, int most, List<Moduli.DhGroup> groups)
                    throws Exception {
                return super.selectModuliGroups(
                        server, least, Math.min(preferred, MOST_BITS), Math.min(most, MOST_BITS), groups);
            }
        };
    }
}
