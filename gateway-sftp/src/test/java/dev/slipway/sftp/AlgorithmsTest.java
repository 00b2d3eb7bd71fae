package dev.slipway.sftp;

import static dev.slipway.sftp.RealClients.TIME;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.AccountOption;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.kex.KexProposalOption;
import org.apache.sshd.common.kex.extension.DefaultClientKexExtensionHandler;
import org.apache.sshd.common.session.Session;
import org.apache.sshd.core.CoreModuleProperties;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which algorithms are offered, and who may log in with them. */
@S3Store
class AlgorithmsTest {
    private static final String KEY_EXCHANGES =
            "mlkem768x25519-sha256,sntrup761x25519-sha512,sntrup761x25519-sha512@openssh.com,mlkem768nistp256-sha256,"
                    + "mlkem1024nistp384-sha384,curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,"
                    + "ecdh-sha2-nistp384,ecdh-sha2-nistp521,diffie-hellman-group14-sha256";
    private static final String MARKERS = ",ext-info-s,kex-strict-s-v00@openssh.com";
    private static final String HOST_KEYS = "ssh-ed25519,ecdsa-sha2-nistp256,rsa-sha2-512,rsa-sha2-256";
    private static final String CIPHERS =
            "aes128-gcm@openssh.com,aes256-gcm@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr";
    private static final String LEGACY_CIPHERS = ",aes128-cbc,aes192-cbc,aes256-cbc";
    private static final String[] OPENSSH_CIPHERS = {
        "chacha20-poly1305@openssh.com",
        "aes128-ctr",
        "aes192-ctr",
        "aes256-ctr",
        "aes128-gcm@openssh.com",
        "aes256-gcm@openssh.com"
    };
    private static final String MACS =
            "hmac-sha2-256-etm@openssh.com,hmac-sha2-512-etm@openssh.com,hmac-sha2-256,hmac-sha2-512";

    private static final String[] LEGACY_CLIENT = {
        "-o", "KexAlgorithms=diffie-hellman-group14-sha1",
        "-o", "HostKeyAlgorithms=ssh-rsa",
        "-o", "Ciphers=aes256-cbc",
        "-o", "MACs=hmac-sha1",
        "-o", "PubkeyAcceptedAlgorithms=ssh-rsa"
    };

    private final S3Bucket bucket;
    private final Path folder;
    private final UserKey key;
    private final List<SftpGateway> gateways = new ArrayList<>();

    AlgorithmsTest(S3Bucket bucket, @TempDir Path folder) throws Exception {
        this.bucket = bucket;
        this.folder = folder;
        this.key = UserKey.create(folder, "rsa");
    }

    @AfterEach
    void close() throws IOException {
        for (SftpGateway gateway : gateways) {
            gateway.close();
        }
    }

    private SftpGateway gateway(boolean legacyOffered, Set<AccountOption> options) throws IOException {
        return gateway(SftpGateway.settings().set("legacyAlgorithms", legacyOffered), options);
    }

    private SftpGateway gateway(SettingsBuilder<SftpSettings> settings, Set<AccountOption> options) throws IOException {
        SftpGateway gateway = SftpGateway.builder(bucket, folder)
                .settings(settings)
                .keys(key.publicKey())
                .options(options)
                .start();
        gateways.add(gateway);
        return gateway;
    }

    private RealClients clients(SftpGateway gateway) {
        return new RealClients(folder, key, gateway.port());
    }

    private static Map<KexProposalOption, String> offered(SftpGateway gateway) throws IOException {
        try (SshClient client = RawSftp.newClient()) {
            return RawSftp.login(client, gateway.port()).getServerKexProposals();
        }
    }

    @Test
    void onlyModernAlgorithmsAreOfferedByDefault() throws Exception {
        assertThat(offered(gateway(false, Set.of())))
                .containsEntry(KexProposalOption.ALGORITHMS, KEY_EXCHANGES + MARKERS)
                .containsEntry(KexProposalOption.SERVERKEYS, HOST_KEYS)
                .containsEntry(KexProposalOption.C2SENC, CIPHERS)
                .containsEntry(KexProposalOption.S2CENC, CIPHERS)
                .containsEntry(KexProposalOption.C2SMAC, MACS)
                .containsEntry(KexProposalOption.S2CMAC, MACS)
                .containsEntry(KexProposalOption.C2SCOMP, "none")
                .containsEntry(KexProposalOption.S2CCOMP, "none");
    }

    @Test
    void outdatedAlgorithmsAreOfferedLastIfEnabled() throws Exception {
        String ciphers = CIPHERS + LEGACY_CIPHERS;
        String macs = MACS + ",hmac-sha1";
        assertThat(offered(gateway(true, Set.of())))
                .containsEntry(KexProposalOption.ALGORITHMS, KEY_EXCHANGES + ",diffie-hellman-group14-sha1" + MARKERS)
                .containsEntry(KexProposalOption.SERVERKEYS, HOST_KEYS + ",ssh-rsa")
                .containsEntry(KexProposalOption.C2SENC, ciphers)
                .containsEntry(KexProposalOption.S2CENC, ciphers)
                .containsEntry(KexProposalOption.C2SMAC, macs)
                .containsEntry(KexProposalOption.S2CMAC, macs)
                .containsEntry(KexProposalOption.C2SCOMP, "none");
    }

    @Test
    void costlyKeyExchangesAreOfferedLastIfEnabled() throws Exception {
        SftpGateway gateway = gateway(
                SftpGateway.settings().set("extraKeyExchanges", EnumSet.allOf(ExtraKeyExchange.class)), Set.of());
        assertThat(offered(gateway))
                .containsEntry(
                        KexProposalOption.ALGORITHMS,
                        KEY_EXCHANGES + ",diffie-hellman-group16-sha512,diffie-hellman-group-exchange-sha256"
                                + MARKERS);
        clients(gateway)
                .sftp("ls", "-o", "KexAlgorithms=diffie-hellman-group16-sha512")
                .run(TIME)
                .assertSuccess();
        // OpenSSH requests 8192 bits here, and accepts fewer.
        assertThat(clients(gateway)
                        .sftp(
                                "ls",
                                "-vv",
                                "-o",
                                "KexAlgorithms=diffie-hellman-group-exchange-sha256",
                                "-o",
                                "Ciphers=aes256-ctr")
                        .run(TIME)
                        .assertSuccess()
                        .stderr())
                .containsPattern("bits set: \\d+/4096");
    }

    @Test
    void anOldClientLogsInToAnAccountWithTheOption() throws Exception {
        SftpGateway gateway = gateway(true, Set.of(AccountOption.LEGACY_ALGORITHMS));
        clients(gateway).sftp("ls", LEGACY_CLIENT).run(TIME).assertSuccess();
    }

    @Test
    void anOldClientGetsTheReasonForItsRefusal() throws Exception {
        SftpGateway gateway = gateway(true, Set.of());
        String said = clients(gateway)
                .sftp("ls", LEGACY_CLIENT)
                .run(TIME)
                .assertFailure()
                .stderr();

        assertThat(said).contains("outdated algorithms (aes256-cbc, diffie-hellman-group14-sha1, hmac-sha1, ssh-rsa)");
        assertThat(gateway.sessions().list()).isEmpty();
    }

    @Test
    void anOutdatedUserSignatureIsRefused() throws Exception {
        RealClients clients = clients(gateway(true, Set.of()));
        assertThat(clients.sftp("ls", "-o", "PubkeyAcceptedAlgorithms=ssh-rsa")
                        .run(TIME)
                        .assertFailure()
                        .stderr())
                .contains("outdated algorithms (ssh-rsa)");
        // Other clients do not notice the additional algorithms.
        clients.sftp("ls").run(TIME).assertSuccess();
        clients.sftp("ls", "-o", "Ciphers=aes128-gcm@openssh.com", "-o", "MACs=hmac-sha1")
                .run(TIME)
                .assertSuccess();
    }

    @Test
    void anOldClientFindsNoMatchUnlessOutdatedAlgorithmsAreOffered() throws Exception {
        SftpGateway gateway = gateway(false, Set.of(AccountOption.LEGACY_ALGORITHMS));
        clients(gateway).sftp("ls", LEGACY_CLIENT).run(TIME).assertFailure();
        clients(gateway)
                .sftp("ls", "-o", "PubkeyAcceptedAlgorithms=ssh-rsa")
                .run(TIME)
                .assertFailure();
    }

    /** A client that identifies itself as a version of OpenSSH. */
    private static SshClient openSsh(String version, String... ciphers) {
        SshClient client = RawSftp.newClient();
        CoreModuleProperties.CLIENT_IDENTIFICATION.set(client, "OpenSSH_" + version);
        client.setCipherFactoriesNameList(String.join(",", ciphers));
        return client;
    }

    private static String agreed(ClientSession session) {
        return session.getNegotiatedKexParameter(KexProposalOption.C2SENC) + " "
                + session.getNegotiatedKexParameter(KexProposalOption.S2CENC);
    }

    @Test
    void openSshBefore10GetsTheCiphersThat10Prefers() throws Exception {
        SftpGateway gateway = gateway(true, Set.of());
        for (String version : List.of("9.2p1 Debian-2+deb12u7", "for_Windows_9.5")) {
            try (SshClient client = openSsh(version, OPENSSH_CIPHERS)) {
                ClientSession session = RawSftp.login(client, gateway.port());
                assertThat(agreed(session)).isEqualTo("aes128-gcm@openssh.com aes128-gcm@openssh.com");

                session.reExchangeKeys().verify(TIME);
                assertThat(agreed(session)).isEqualTo("aes128-gcm@openssh.com aes128-gcm@openssh.com");
            }
        }
    }

    @Test
    void aUsersOwnOrderIsRespected() throws Exception {
        SftpGateway gateway = gateway(false, Set.of());
        try (SshClient client = openSsh("9.6", "aes256-ctr", "aes128-gcm@openssh.com")) {
            assertThat(agreed(RawSftp.login(client, gateway.port()))).isEqualTo("aes256-ctr aes256-ctr");
        }
    }

    @Test
    void otherClientsAreOfferedEverything() throws Exception {
        SftpGateway gateway = gateway(false, Set.of());
        try (SshClient client = openSsh("10.0", OPENSSH_CIPHERS)) {
            assertThat(agreed(RawSftp.login(client, gateway.port()))).isEqualTo("aes128-ctr aes128-ctr");
        }
    }

    @Test
    void theRealClientUsesGcm() throws Exception {
        String said = clients(gateway(false, Set.of()))
                .sftp("ls", "-v")
                .run(TIME)
                .assertSuccess()
                .stderr();
        assertThat(said)
                .contains(
                        "kex: server->client cipher: aes128-gcm@openssh.com",
                        "kex: client->server cipher: aes128-gcm@openssh.com");
    }

    /** It has the lists of OpenSSH 8.2, without the extensions. */
    @Test
    void sshAuditIsOfferedEverything() throws Exception {
        SftpGateway gateway = gateway(true, Set.of());
        try (SshClient client = openSsh("8.2", OPENSSH_CIPHERS)) {
            client.setKexExtensionHandler(null);
            ClientSession session = RawSftp.login(client, gateway.port());
            assertThat(session.getServerKexProposals())
                    .containsEntry(KexProposalOption.C2SENC, CIPHERS + LEGACY_CIPHERS)
                    .containsEntry(KexProposalOption.S2CENC, CIPHERS + LEGACY_CIPHERS);
        }
    }

    @Test
    void aClientThatWaitsForTheOfferGetsAllOfItAndLogsIn() throws Exception {
        SftpGateway gateway = gateway(false, Set.of());
        try (SshClient client = openSsh("9.6", OPENSSH_CIPHERS)) {
            client.setKexExtensionHandler(new DefaultClientKexExtensionHandler() {
                @Override
                public boolean isKexExtensionsAvailable(Session session, AvailabilityPhase phase) throws IOException {
                    return phase == AvailabilityPhase.PREKEX || super.isKexExtensionsAvailable(session, phase);
                }
            });
            ClientSession session = RawSftp.login(client, gateway.port());
            assertThat(session.getServerKexProposals()).containsEntry(KexProposalOption.C2SENC, CIPHERS);
            assertThat(agreed(session)).isEqualTo("aes128-ctr aes128-ctr");
        }
    }
}
