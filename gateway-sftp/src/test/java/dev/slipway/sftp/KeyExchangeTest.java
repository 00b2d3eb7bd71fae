package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.sftp.transport.PacketSession;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECParameterSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.UnaryOperator;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.SshConstants;
import org.apache.sshd.common.future.KeyExchangeFuture;
import org.apache.sshd.common.kex.KexState;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Key exchanges are cheap for clients and expensive for the gateway: they must not delay others. */
@S3Store
class KeyExchangeTest {
    /** The number of concurrent computations. */
    private static final int THREADS = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);

    private static final int CLIENTS = THREADS + 2;

    @RegisterExtension
    private final SftpFixture fixture;

    KeyExchangeTest(S3Bucket bucket, @TempDir Path folder) {
        fixture = new SftpFixture(bucket, folder);
    }

    /** A host key whose signatures block until it is closed. */
    private static final class SlowKey implements ECPrivateKey, AutoCloseable {
        private static final long serialVersionUID = 1;

        private final transient CountDownLatch may = new CountDownLatch(1);
        private final transient Set<Thread> waiting = ConcurrentHashMap.newKeySet();
        private final transient ECPrivateKey key;

        SlowKey(ECPrivateKey key) {
            this.key = key;
        }

        /** How many key exchanges wait for it. */
        int waiting() {
            return waiting.size();
        }

        private ECPrivateKey awaitKey() {
            waiting.add(Thread.currentThread());
            try {
                may.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            return key;
        }

        @Override
        public BigInteger getS() {
            return awaitKey().getS();
        }

        @Override
        public byte[] getEncoded() {
            return awaitKey().getEncoded();
        }

        @Override
        public ECParameterSpec getParams() {
            return key.getParams();
        }

        @Override
        public String getAlgorithm() {
            return key.getAlgorithm();
        }

        @Override
        public String getFormat() {
            return key.getFormat();
        }

        @Override
        public void close() {
            may.countDown();
        }
    }

    /** From now on, key exchanges with the gateway end only when the key is closed. */
    private SlowKey slowDown(SftpGateway gateway) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(256);
        KeyPair pair = generator.generateKeyPair();
        SlowKey slow = fixture.closing(new SlowKey((ECPrivateKey) pair.getPrivate()));
        gateway.changeHostKeys(List.of(new KeyPair(pair.getPublic(), slow)));
        return slow;
    }

    private List<RawSsh> exchangeKeys(SftpGateway gateway, int clients) throws IOException {
        List<RawSsh> result = new ArrayList<>();
        for (int i = 0; i < clients; i++) {
            result.add(fixture.closing(RawSsh.connect(gateway.port())).exchangeKeys());
        }
        return result;
    }

    @Test
    void keyExchangesOfOthersDoNotDelayLoggedInSessions() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        RawSftp loggedIn = fixture.closing(RawSftp.connect(gateway.port()));
        SlowKey key = slowDown(gateway);
        List<RawSsh> clients = exchangeKeys(gateway, CLIENTS);
        Patience.await("all key exchanges to be under way", () -> gateway.keyExchanges() == CLIENTS);

        for (int i = 0; i < 100; i++) {
            assertThat(loggedIn.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
        }

        assertThat(gateway.keyExchanges()).isEqualTo(CLIENTS);
        key.close();
        for (RawSsh client : clients) {
            assertThat(client.receiveAnswer().get()).isEqualTo(SshConstants.SSH_MSG_KEXDH_REPLY);
            assertThat(client.receiveAnswer().get()).isEqualTo(SshConstants.SSH_MSG_NEWKEYS);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void keyExchangesBeyondTheLimitsAreRefusedWithAReason(boolean perAddress) throws Exception {
        UnaryOperator<SettingsBuilder<SftpSettings>> limit = perAddress
                ? settings -> settings.set("maxKeyExchangesPerAddress", 2)
                : settings -> settings.set("maxKeyExchanges", 2);
        SftpGateway gateway = fixture.gateway(limit.apply(SftpGateway.settings()));
        RawSftp loggedIn = fixture.closing(RawSftp.connect(gateway.port()));
        SlowKey key = slowDown(gateway);
        List<RawSsh> clients = new ArrayList<>();
        for (int i = 1; i <= THREADS; i++) {
            int computed = i;
            clients.addAll(exchangeKeys(gateway, 1));
            Patience.await("a key exchange to be computed", () -> key.waiting() == computed);
        }
        for (int i = 1; i <= 2; i++) {
            int underWay = THREADS + i;
            clients.addAll(exchangeKeys(gateway, 1));
            Patience.await("a key exchange to wait", () -> gateway.keyExchanges() == underWay);
        }

        ByteBuffer answer = exchangeKeys(gateway, 1).getFirst().receiveAnswer();

        assertThat(answer.get()).isEqualTo(SshConstants.SSH_MSG_DISCONNECT);
        assertThat(answer.getInt()).isEqualTo(SshConstants.SSH2_DISCONNECT_TOO_MANY_CONNECTIONS);
        assertThat(StandardCharsets.UTF_8.decode(answer).toString()).contains("Too many key exchanges");
        assertThat(gateway.refusedKeyExchanges()).isOne();
        // A logged-in session may still rekey, when its turn comes.
        KeyExchangeFuture rekeyed = loggedIn.session().reExchangeKeys();
        key.close();
        rekeyed.verify(RawSftp.TIMEOUT);
        for (RawSsh client : clients) {
            assertThat(client.receiveAnswer().get()).isEqualTo(SshConstants.SSH_MSG_KEXDH_REPLY);
        }
        Patience.await("all key exchanges to be over", () -> gateway.keyExchanges() == 0);
        fixture.closing(RawSftp.connect(gateway.port()));
    }

    @Test
    void aClientThatDisconnectsWhileWaitingIsForgotten() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        SlowKey key = slowDown(gateway);
        List<RawSsh> clients = exchangeKeys(gateway, CLIENTS);
        Patience.await("all key exchanges to be under way", () -> gateway.keyExchanges() == CLIENTS);

        for (RawSsh client : clients) {
            client.close();
        }

        Patience.await("all connections to be gone", () -> gateway.connections() == 0);
        key.close();
        Patience.await("all key exchanges to be over", () -> gateway.keyExchanges() == 0);
    }

    @Test
    void aClientThatFloodsWhileWaitingIsDisconnected() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings());
        slowDown(gateway);
        RawSsh client = exchangeKeys(gateway, 1).getFirst();
        Patience.await("the key exchange to be under way", () -> gateway.keyExchanges() == 1);

        client.send(new byte[PacketSession.LARGEST_PACKET + 1]);

        Patience.await("the connection to be gone", () -> gateway.connections() == 0);
    }

    @Test
    void aSessionThatRekeysTooOftenWaits() throws Exception {
        SftpGateway gateway = fixture.gateway(SftpGateway.settings().set("rekeyInterval", "1m"));
        RawSftp often = fixture.closing(RawSftp.connect(gateway.port()));
        ClientSession session = often.session();
        session.reExchangeKeys().verify(RawSftp.TIMEOUT);
        Patience.await("the keys to be in use", () -> session.getKexState() == KexState.DONE);

        KeyExchangeFuture again = session.reExchangeKeys();

        RawSftp other = fixture.closing(RawSftp.connect(gateway.port()));
        assertThat(other.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
        assertThat(again.isDone()).isFalse();
        assertThat(gateway.connections()).isEqualTo(2);
    }

    @Test
    void anUploadWithRekeyingIsStoredCorrectly() throws Exception {
        UserKey key = UserKey.create(fixture.folder());
        SftpGateway gateway = fixture.closing(fixture.builder()
                .settings(SftpGateway.settings().set("rekeyInterval", "0s"))
                .keys(key.publicKey())
                .start());
        RealClients clients = new RealClients(fixture.folder(), key, gateway.port());
        byte[] content = new byte[24 << 20];
        new Random(7).nextBytes(content);
        clients.local("sent", content);

        clients.sftp("put sent /file\nget /file back", "-o", "RekeyLimit=1M")
                .run(RealClients.TIME)
                .assertSuccess();

        assertThat(gateway.get("/file")).isEqualTo(content);
        assertThat(fixture.folder().resolve("back")).hasBinaryContent(content);
    }
}
