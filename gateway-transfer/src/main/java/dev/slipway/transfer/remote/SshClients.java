package dev.slipway.transfer.remote;

import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.apache.sshd.client.ClientBuilder;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.auth.keyboard.UserAuthKeyboardInteractiveFactory;
import org.apache.sshd.client.auth.password.UserAuthPasswordFactory;
import org.apache.sshd.client.auth.pubkey.UserAuthPublicKeyFactory;
import org.apache.sshd.client.config.hosts.HostConfigEntryResolver;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.client.session.ClientSessionImpl;
import org.apache.sshd.client.session.SessionFactory;
import org.apache.sshd.common.AttributeRepository;
import org.apache.sshd.common.FactoryManager;
import org.apache.sshd.common.NamedFactory;
import org.apache.sshd.common.OptionalFeature;
import org.apache.sshd.common.channel.RequestHandler;
import org.apache.sshd.common.cipher.BuiltinCiphers;
import org.apache.sshd.common.compression.BuiltinCompressions;
import org.apache.sshd.common.io.IoSession;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.common.kex.BuiltinDHFactories;
import org.apache.sshd.common.keyprovider.KeyIdentityProvider;
import org.apache.sshd.common.mac.BuiltinMacs;
import org.apache.sshd.common.session.ConnectionService;
import org.apache.sshd.common.signature.BuiltinSignatures;
import org.apache.sshd.common.util.buffer.Buffer;
import org.apache.sshd.core.CoreModuleProperties;
import org.apache.sshd.sftp.client.impl.AbstractSftpClient;
import org.jspecify.annotations.Nullable;

/** Sets up the library's client: algorithms, time-outs, and host keys that are always verified. */
final class SshClients {
    private static final List<BuiltinDHFactories> KEY_EXCHANGES = List.of(
            BuiltinDHFactories.mlkem768x25519,
            BuiltinDHFactories.sntrup761x25519,
            BuiltinDHFactories.sntrup761x25519_openssh,
            BuiltinDHFactories.curve25519,
            BuiltinDHFactories.curve25519_libssh,
            BuiltinDHFactories.ecdhp256,
            BuiltinDHFactories.ecdhp384,
            BuiltinDHFactories.ecdhp521,
            BuiltinDHFactories.dhgex256,
            BuiltinDHFactories.dhg16_512,
            BuiltinDHFactories.dhg18_512,
            BuiltinDHFactories.dhg14_256);

    /** Of servers that are too old for anything else: SHA-1, and Diffie-Hellman groups that are too small. */
    @SuppressWarnings("deprecation") // which is why a remote must allow them
    private static final List<BuiltinDHFactories> LEGACY_KEY_EXCHANGES =
            List.of(BuiltinDHFactories.dhg14, BuiltinDHFactories.dhgex, BuiltinDHFactories.dhg1);

    /** Without chacha20-poly1305: the library's own is several times slower. */
    private static final List<BuiltinCiphers> CIPHERS = List.of(
            BuiltinCiphers.aes128gcm,
            BuiltinCiphers.aes256gcm,
            BuiltinCiphers.aes128ctr,
            BuiltinCiphers.aes192ctr,
            BuiltinCiphers.aes256ctr);

    @SuppressWarnings("deprecation") // likewise
    private static final List<BuiltinCiphers> LEGACY_CIPHERS = List.of(
            BuiltinCiphers.aes128cbc, BuiltinCiphers.aes192cbc, BuiltinCiphers.aes256cbc, BuiltinCiphers.tripledescbc);

    private static final List<BuiltinMacs> MACS = List.of(
            BuiltinMacs.hmacsha256etm, BuiltinMacs.hmacsha512etm, BuiltinMacs.hmacsha256, BuiltinMacs.hmacsha512);

    private static final List<BuiltinMacs> LEGACY_MACS = List.of(BuiltinMacs.hmacsha1etm, BuiltinMacs.hmacsha1);

    /** Signature algorithms for hosts, CAs and logins; without SHA-1. {@link HostKeys} selects those for a host. */
    private static final List<BuiltinSignatures> SIGNATURES = List.of(
            BuiltinSignatures.ed25519,
            BuiltinSignatures.nistp256,
            BuiltinSignatures.nistp384,
            BuiltinSignatures.nistp521,
            BuiltinSignatures.rsaSHA512,
            BuiltinSignatures.rsaSHA256,
            BuiltinSignatures.sk_ssh_ed25519,
            BuiltinSignatures.sk_ecdsa_sha2_nistp256,
            BuiltinSignatures.ed25519_cert,
            BuiltinSignatures.nistp256_cert,
            BuiltinSignatures.nistp384_cert,
            BuiltinSignatures.nistp521_cert,
            BuiltinSignatures.rsaSHA512_cert,
            BuiltinSignatures.rsaSHA256_cert);

    /** Every server answers it, even if only with a refusal. */
    static final String KEEP_ALIVE = "keepalive@openssh.com";

    /** How many keep-alives may stay unanswered. */
    private static final int UNANSWERED = 3;

    private SshClients() {}

    /**
     * A client that is not started yet.
     *
     * @param legacy whether it also offers, as the last ones, algorithms that are no longer safe
     */
    static SshClient create(RemoteTimeouts timeouts, boolean legacy) {
        List<BuiltinDHFactories> exchanges = with(KEY_EXCHANGES, LEGACY_KEY_EXCHANGES, legacy);
        SshClient result = ClientBuilder.builder()
                .keyExchangeFactories(NamedFactory.setUpTransformedFactories(true, exchanges, ClientBuilder.DH2KEX))
                .cipherFactories(List.copyOf(with(CIPHERS, LEGACY_CIPHERS, legacy)))
                .macFactories(List.copyOf(with(MACS, LEGACY_MACS, legacy)))
                .signatureFactories(List.copyOf(with(SIGNATURES, List.of(BuiltinSignatures.rsa), legacy)))
                .compressionFactories(List.of(BuiltinCompressions.none))
                .channelFactories(List.of())
                .globalRequestHandlers(List.of(SshClients::refuse))
                .hostConfigEntryResolver(HostConfigEntryResolver.EMPTY)
                .serverKeyVerifier((session, address, key) -> check(session).check(key))
                .build();
        // Named, since another I/O library on the class path would otherwise be taken without a word.
        result.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
        result.setSessionFactory(new SessionFactory(result) {
            @Override
            protected ClientSessionImpl doCreateSession(IoSession connection) throws Exception {
                return new RemoteSession(result, connection);
            }
        });
        result.setKeyIdentityProvider(KeyIdentityProvider.EMPTY_KEYS_PROVIDER);
        result.setAgentFactory(new AgentConnection.Factory());
        result.setUserAuthFactories(List.of(
                UserAuthPublicKeyFactory.INSTANCE,
                UserAuthKeyboardInteractiveFactory.INSTANCE,
                UserAuthPasswordFactory.INSTANCE));
        CoreModuleProperties.CLIENT_IDENTIFICATION.set(result, "Slipway");
        CoreModuleProperties.HEARTBEAT_INTERVAL.set(result, timeouts.keepAlive());
        CoreModuleProperties.HEARTBEAT_REQUEST.set(result, KEEP_ALIVE);
        CoreModuleProperties.HEARTBEAT_NO_REPLY_MAX.set(result, UNANSWERED);
        // A request that follows a message without an answer would wait for that to be acknowledged: 40 ms, each time.
        CoreModuleProperties.TCP_NODELAY.set(result, true);
        // A command may be silent for long; keep-alives check the remote.
        CoreModuleProperties.IDLE_TIMEOUT.set(result, Duration.ZERO);
        CoreModuleProperties.AUTH_TIMEOUT.set(result, timeouts.connect().plus(timeouts.connect()));
        CoreModuleProperties.WAIT_FOR_SPACE_TIMEOUT.set(result, timeouts.answer());
        CoreModuleProperties.REQUEST_EXEC_REPLY.set(result, true);
        AbstractSftpClient.SFTP_CLIENT_CMD_TIMEOUT.set(result, timeouts.answer());
        return result;
    }

    private static <F extends OptionalFeature> List<F> with(List<F> factories, List<F> old, boolean legacy) {
        return Stream.concat(factories.stream(), legacy ? old.stream() : Stream.of())
                .filter(OptionalFeature::isSupported)
                .toList();
    }

    /** Servers offer their other host keys, and send other requests that are not needed here. */
    private static RequestHandler.Result refuse(
            ConnectionService connection, String request, boolean wantReply, Buffer fields) {
        return RequestHandler.Result.ReplyFailure;
    }

    private static HostKeyCheck check(ClientSession session) {
        AttributeRepository context = session.getConnectionContext();
        HostKeyCheck check = context == null ? null : context.getAttribute(HostKeyCheck.KEY);
        if (check == null) {
            throw new IllegalStateException("a connection without a host key check");
        }
        return check;
    }

    /** Offers only those signatures for host keys that are to be offered on this connection. */
    private static final class RemoteSession extends ClientSessionImpl {
        RemoteSession(SshClient client, IoSession connection) throws Exception {
            super(client, connection);
        }

        @Override
        public void exceptionCaught(Throwable cause) {
            check(this).failed(cause);
            super.exceptionCaught(cause);
        }

        /** Failures are reported to the waiting callers; the library would log them as well. */
        @Override
        protected void warn(
                String message,
                @Nullable Object first,
                @Nullable Object second,
                @Nullable Object third,
                @Nullable Object fourth,
                @Nullable Throwable cause) {
            debug(message, first, second, third, fourth, cause);
        }

        @Override
        protected String resolveAvailableSignaturesProposal(FactoryManager manager) {
            return String.join(",", check(this).proposal());
        }
    }
}
