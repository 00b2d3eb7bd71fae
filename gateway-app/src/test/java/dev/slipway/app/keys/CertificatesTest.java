package dev.slipway.app.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.keys.CertificateSource.PemFiles;
import dev.slipway.app.keys.CertificateSource.Pkcs12File;
import dev.slipway.core.setting.Secret;
import dev.slipway.ftps.TlsIdentity;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executors;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedKeyManager;
import org.bouncycastle.openssl.PKCS8Generator;
import org.bouncycastle.openssl.jcajce.JcaPKCS8Generator;
import org.bouncycastle.openssl.jcajce.JceOpenSSLPKCS8EncryptorBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CertificatesTest {
    private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

    @TempDir
    private Path directory;

    @Test
    void clientsThatTrustTheAuthorityVerifyEveryNameOfTheServer() throws Exception {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        var certificate = ServerCertificate.load(ca.server("server", LOOPBACK));
        X509ExtendedKeyManager keys = new TlsIdentity(certificate.key(), certificate.chain(), null).keys();

        for (String host : LOOPBACK) {
            for (String protocol : List.of("TLSv1.3", "TLSv1.2")) {
                assertThat(handshake(keys, ca.certificateFile(), host, protocol))
                        .isEqualTo(certificate.leaf());
            }
        }
        assertThatThrownBy(() -> handshake(keys, ca.certificateFile(), "gateway.example.com", "TLSv1.3"))
                .isInstanceOf(SSLException.class);
    }

    @Test
    void keysAreForTheirOwnerOnlyAndCertificatesForEverybody() throws IOException {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        PemFiles server = ca.server("server", LOOPBACK);

        assertThat(mode(directory.resolve("ca-key.pem"))).isEqualTo("rw-------");
        assertThat(mode(server.key())).isEqualTo("rw-------");
        assertThat(mode(ca.certificateFile())).isEqualTo("rw-r--r--");
        assertThat(mode(server.certificate())).isEqualTo("rw-r--r--");
    }

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void theSameCertificateServesUntilItsNamesChangeOrItsEndIsNear() throws Exception {
        Instant start = Instant.parse("2026-11-01T00:00:00Z");
        var first = issue(start, LOOPBACK);

        assertThat(issue(start.plus(Duration.ofDays(700)), List.of("::1", "LOCALHOST", "127.0.0.1")))
                .isEqualTo(first);
        var renewed = issue(start.plus(Duration.ofDays(800)), LOOPBACK);
        assertThat(renewed).isNotEqualTo(first);
        assertThat(issue(start.plus(Duration.ofDays(800)), List.of("gateway.example.com")))
                .isNotEqualTo(renewed);
    }

    private X509Certificate issue(Instant now, List<String> hosts) throws IOException {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory, Clock.fixed(now, ZoneOffset.UTC));
        return ServerCertificate.load(ca.server("server", hosts)).leaf();
    }

    @Test
    void anInterruptedFirstStartIsRepaired() throws IOException {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        PemFiles server = ca.server("server", LOOPBACK);
        PemFiles other = ca.server("other", LOOPBACK);

        Files.copy(other.key(), server.key(), StandardCopyOption.REPLACE_EXISTING);
        assertThat(ServerCertificate.load(ca.server("server", LOOPBACK)).chain())
                .hasSize(2);
        Files.delete(ca.certificateFile());
        assertThat(ServerCertificate.load(DevelopmentCa.openOrCreate(directory).server("server", LOOPBACK))
                        .chain())
                .hasSize(2);
    }

    @Test
    void readsKeysAsPkcs8Sec1Pkcs1AndEncrypted() throws Exception {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(2048);
        KeyPair rsaPair = generator.generateKeyPair();
        PrivateKey rsa = rsaPair.getPrivate();
        KeyPair ecPair = KeyPairGenerator.getInstance("EC").generateKeyPair();
        PrivateKey ec = ecPair.getPrivate();
        Path file = directory.resolve("key.pem");

        Files.writeString(file, Pem.format(rsa));
        assertThat(Pem.readPrivateKey(file, null)).isEqualTo(rsa);

        Files.writeString(file, SshKeys.formatPrivate(rsaPair));
        assertThat(file).content().startsWith("-----BEGIN RSA PRIVATE KEY-----");
        assertThat(Pem.readPrivateKey(file, null)).isEqualTo(rsa);

        Files.writeString(file, SshKeys.formatPrivate(ecPair));
        assertThat(file).content().startsWith("-----BEGIN EC PRIVATE KEY-----");
        assertThat(((ECPrivateKey) Pem.readPrivateKey(file, null)).getS()).isEqualTo(((ECPrivateKey) ec).getS());

        var encryptor = new JceOpenSSLPKCS8EncryptorBuilder(PKCS8Generator.AES_256_CBC)
                .setProvider(SshKeys.bouncyCastle())
                .setPassword("correct".toCharArray())
                .build();
        var encrypted = new JcaPKCS8Generator(ec, encryptor).generate();
        Files.writeString(file, Pem.format(encrypted.getType(), encrypted.getContent()));
        assertThat(Pem.readPrivateKey(file, new Secret("correct"))).isEqualTo(ec);
        assertThatThrownBy(() -> Pem.readPrivateKey(file, new Secret("wrong")))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("password is wrong")
                .hasMessageNotContaining("correct");
        assertThatThrownBy(() -> Pem.readPrivateKey(file, null))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("is encrypted");
    }

    @Test
    void readsPkcs12() throws Exception {
        var certificate =
                ServerCertificate.load(DevelopmentCa.openOrCreate(directory).server("server", LOOPBACK));
        Path file = directory.resolve("server.p12");
        writePkcs12(file, certificate, "correct");

        assertThat(ServerCertificate.load(new Pkcs12File(file, new Secret("correct"))))
                .isEqualTo(certificate);
        assertThatThrownBy(() -> ServerCertificate.load(new Pkcs12File(file, new Secret("wrong"))))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(file.toString(), "password is wrong");
        Files.writeString(file, "something else");
        assertThatThrownBy(() -> ServerCertificate.load(new Pkcs12File(file, new Secret("correct"))))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContaining("not a PKCS#12");
    }

    private static void writePkcs12(Path file, ServerCertificate certificate, String password)
            throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setKeyEntry(
                "any",
                certificate.key(),
                password.toCharArray(),
                certificate.chain().toArray(X509Certificate[]::new));
        try (var out = Files.newOutputStream(file)) {
            store.store(out, password.toCharArray());
        }
    }

    @Test
    void unusableFilesAreNamedWithWhatIsWrong() throws IOException {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        PemFiles one = ca.server("one", LOOPBACK);
        PemFiles two = ca.server("two", LOOPBACK);

        assertThatThrownBy(() -> ServerCertificate.load(new PemFiles(one.certificate(), two.key(), null)))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(two.key().toString(), "does not belong");
        assertThatThrownBy(() -> ServerCertificate.load(new PemFiles(one.key(), one.key(), null)))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(one.key().toString(), "no certificate");
        assertThatThrownBy(() -> ServerCertificate.load(new PemFiles(one.certificate(), one.certificate(), null)))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(one.certificate().toString(), "no private key");
        Path missing = directory.resolve("missing.pem");
        assertThatThrownBy(() -> ServerCertificate.load(new PemFiles(missing, one.key(), null)))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(missing.toString(), "no such file");
    }

    @Test
    void newSessionsUseChangedFilesUnlessTheyAreInvalid() throws Exception {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        PemFiles files = ca.server("server", LOOPBACK);
        PemFiles other = ca.server("other", LOOPBACK);
        X509Certificate before = ServerCertificate.load(files).leaf();
        X509Certificate after = ServerCertificate.load(other).leaf();
        TlsIdentities identities = TlsIdentities.follow(files, null);
        TlsIdentity unchanged = identities.get();

        assertThat(identities.get()).isSameAs(unchanged);

        String key = Files.readString(other.key());
        Files.writeString(files.key(), "broken");
        assertThat(identities.get()).isSameAs(unchanged);
        PrivateFiles.writeSecret(files.key(), key);
        assertThat(identities.get()).as("the key is not yet the certificate's").isSameAs(unchanged);
        PrivateFiles.writePublic(files.certificate(), Files.readString(other.certificate()));

        assertThat(handshake(identities.get().keys(), ca.certificateFile(), "localhost", "TLSv1.3"))
                .isEqualTo(after)
                .isNotEqualTo(before);
        assertThat(identities.certificate().leaf()).isEqualTo(after);
    }

    @Test
    void clientAuthoritiesAreReloadedToo() throws Exception {
        DevelopmentCa ca = DevelopmentCa.openOrCreate(directory);
        PemFiles files = ca.server("server", LOOPBACK);
        Path authorities = directory.resolve("clients.pem");
        assertThatThrownBy(() -> TlsIdentities.follow(files, authorities))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(authorities.toString(), "no such file");
        Files.writeString(authorities, "no PEM");
        assertThatThrownBy(() -> TlsIdentities.follow(files, authorities))
                .isInstanceOf(KeyFileException.class)
                .hasMessageContainingAll(authorities.toString(), "no certificate");

        Files.copy(ca.certificateFile(), authorities, StandardCopyOption.REPLACE_EXISTING);
        TlsIdentities identities = TlsIdentities.follow(files, authorities);

        assertThat(Objects.requireNonNull(identities.get().clients()).getAcceptedIssuers())
                .containsExactlyElementsOf(Pem.readCertificates(ca.certificateFile()));
    }

    @Test
    void certificateFingerprintsLookLikeThoseOfOpenssl() throws IOException {
        var certificate =
                ServerCertificate.load(DevelopmentCa.openOrCreate(directory).server("server", LOOPBACK));

        assertThat(Fingerprints.of(certificate.leaf())).matches("([0-9A-F]{2}:){31}[0-9A-F]{2}");
    }

    /** A handshake over loopback in which the client verifies the host's name; returns the server's certificate. */
    private static X509Certificate handshake(X509ExtendedKeyManager keys, Path authority, String host, String protocol)
            throws Exception {
        KeyStore trust = KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("ca", Pem.readCertificates(authority).getFirst());
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(trust);
        SSLContext client = SSLContext.getInstance("TLS");
        client.init(null, trusted.getTrustManagers(), new SecureRandom());
        SSLContext server = SSLContext.getInstance("TLS");
        server.init(new KeyManager[] {keys}, null, null);
        InetAddress loopback = InetAddress.getLoopbackAddress();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor();
                var listener = (SSLServerSocket) server.getServerSocketFactory().createServerSocket(0, 1, loopback)) {
            listener.setSoTimeout(Patience.MILLIS);
            executor.execute(() -> {
                try (var accepted = (SSLSocket) listener.accept()) {
                    accepted.setSoTimeout(Patience.MILLIS);
                    accepted.startHandshake();
                } catch (IOException e) {
                    // The client's side decides the result.
                    assertThat(e).isNotNull();
                }
            });
            try (var plain = new Socket(loopback, listener.getLocalPort());
                    var socket = (SSLSocket)
                            client.getSocketFactory().createSocket(plain, host, listener.getLocalPort(), true)) {
                socket.setSoTimeout(Patience.MILLIS);
                var parameters = socket.getSSLParameters();
                parameters.setEndpointIdentificationAlgorithm("HTTPS");
                parameters.setProtocols(new String[] {protocol});
                socket.setSSLParameters(parameters);
                socket.startHandshake();
                return (X509Certificate) socket.getSession().getPeerCertificates()[0];
            }
        }
    }
}
