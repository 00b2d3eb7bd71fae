package dev.slipway.ftps;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What TLS proves: who the client is, and that data connections belong to it. */
abstract class TlsContract extends FtpsGatewayTest {
    private static final Duration TIMEOUT = Patience.LIMIT;

    /** A handshake in this group takes some ten times the usual CPU time, before any login. */
    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void handshakesInCostlyGroupsAreRefused(String version) throws Exception {
        FtpsGateway gateway = start();
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        for (String group : List.of("P-256", "ffdhe8192")) {
            ClientResult result = Clients.command(
                            "curl",
                            "-sS",
                            "--ssl-reqd",
                            "--tlsv" + version,
                            "--tls-max",
                            version,
                            "--curves",
                            group,
                            "--cacert",
                            trusted.toString(),
                            "--user",
                            "alice:secret",
                            "ftp://127.0.0.1:" + gateway.port() + "/")
                    .run(TIMEOUT);
            if (group.equals("P-256")) {
                result.assertSuccess();
            } else {
                result.assertFailure();
            }
        }
    }

    // ---- session resumption on data connections

    /** The beginning of all scripts, whose arguments are the port, the trusted certificate and the TLS version. */
    private static final String LOGIN = """
            import ftplib, io, ssl, sys
            port, trusted, version = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            context = ssl.create_default_context(cafile=trusted)
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]

            def login(client=ftplib.FTP_TLS):
                ftp = client(context=context)
                ftp.connect('127.0.0.1', port)
                ftp.login('alice', 'secret')
                ftp.prot_p()
                return ftp

            """;

    /** A client that resumes sessions if possible, and one with a new session for every data connection. */
    private static final String PYTHON = """
            resume = sys.argv[4] == 'resume'
            reused = []
            class Client(ftplib.FTP_TLS):
                def ntransfercmd(self, cmd, rest=None):
                    conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
                    conn = self.context.wrap_socket(
                        conn, server_hostname=self.host, session=self.sock.session if resume else None)
                    reused.append(conn.session_reused)
                    return conn, size
            ftp = login(Client)
            for i in range(3):
                try:
                    ftp.storbinary('STOR file', io.BytesIO(b'x' * 300000))
                    data = io.BytesIO()
                    ftp.retrbinary('RETR file', data.write)
                    assert len(data.getvalue()) == 300000
                except ftplib.Error as reply:
                    print(reply)
                    break
            print('reused', reused)
            """;

    private String transfer(FtpsGateway gateway, String version, String resume) throws Exception {
        return python(gateway, PYTHON, version, resume);
    }

    /** The output of a script, given the port, the trusted certificate and more arguments. */
    private String python(FtpsGateway gateway, String script, String... more) throws Exception {
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        List<String> words =
                new ArrayList<>(List.of("-c", LOGIN + script, Integer.toString(gateway.port()), trusted.toString()));
        words.addAll(List.of(more));
        return Clients.command("python3", words.toArray(String[]::new))
                .run(TIMEOUT)
                .assertSuccess()
                .stdout();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void dataConnectionsMayResumeTheSessionOfTheControlConnection(String version) throws Exception {
        FtpsGateway gateway = start();
        assertThat(transfer(gateway, version, "resume")).contains("reused [True, True, True, True, True, True]");
        assertThat(transfer(gateway, version, "anew")).contains("reused [False, False, False, False, False, False]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void dataConnectionsMustResumeIfRequired(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.REQUIRE));
        assertThat(transfer(gateway, version, "resume")).contains("reused [True, True, True, True, True, True]");
        assertThat(transfer(gateway, version, "anew"))
                .contains("522 ", "reuse the TLS session")
                .doesNotContain("226 ");
        assertThat(gateway.files().openUploads()).isZero();
    }

    /** Prints the replies that Python's ftplib, which does not resume sessions, receives. */
    private static final String WITHOUT_RESUMPTION = """
            ftp = login()
            for transfer in (lambda: ftp.storbinary('STOR /new', io.BytesIO(bytes(5_000_000))),
                             lambda: ftp.retrbinary('MLSD', print),
                             lambda: ftp.retrlines('NLST', print)):
                try:
                    print(transfer())
                except Exception as failure:
                    print(type(failure).__name__, failure)
            """;

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void clientWhoseDataConnectionIsRefusedReadsTheReply(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.REQUIRE));
        assertThat(python(gateway, WITHOUT_RESUMPTION, version).lines())
                .hasSize(3)
                .allMatch(line -> line.startsWith("error_perm 522 "));
        assertThat(gateway.files().openUploads()).isZero();
    }

    /** A client that only knows another client's passive port, and resumes a session that it began there itself. */
    private static final String INTRUDER = """
            ftp = login()
            session = None
            for i in range(3):
                plain, _ = ftplib.FTP.ntransfercmd(ftp, 'MLSD')
                data = context.wrap_socket(plain, server_hostname='127.0.0.1', session=session)
                try:
                    data.recv(1)
                except OSError:
                    pass
                session = data.session
                data.close()
                try:
                    print(ftp.getresp())
                except ftplib.Error as reply:
                    print(reply)
            """;

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void sessionOfARefusedDataConnectionDoesNotCount(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.REQUIRE));
        assertThat(python(gateway, INTRUDER, version).lines()).hasSize(3).allMatch(reply -> reply.startsWith("522 "));
    }

    /** The session of another control connection proves nothing about this one. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void sessionOfAnotherControlConnectionDoesNotCount(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.REQUIRE));
        // Clients with the same context resume the latest session that they have for this host and port.
        SSLContext client = gateway.certificate().clientContext();
        try (FtpConnection victim = FtpConnection.secure(gateway, client, version);
                FtpConnection thief = FtpConnection.secure(gateway, client, version)) {
            thief.command("NOOP", 200);
            Socket data = victim.openData();
            victim.command("STOR /file", 150);
            SSLSocket tls = thief.secure(data, version);
            tls.getOutputStream().write(new byte[1000]);
            assertThat(tls.getInputStream().read()).isNegative();
            victim.expect(522);
            victim.command("SIZE /file", 550);
        }
    }

    /** Each letter is a transfer: with the session of the control connection (r), or with a new one (n). */
    private static final String IN_TURNS = """
            class Client(ftplib.FTP_TLS):
                def ntransfercmd(self, cmd, rest=None):
                    conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
                    return self.context.wrap_socket(
                        conn, server_hostname=self.host, session=self.sock.session if how == 'r' else None), size
            ftp = login(Client)
            how = 'n'
            ftp.storbinary('STOR file', io.BytesIO(b'x' * 300000))
            for how in sys.argv[4]:
                try:
                    print(ftp.retrbinary('RETR file', lambda data: None)[:3])
                except ftplib.Error as reply:
                    print(str(reply)[:3])
            """;

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void clientThatHasResumedMustContinueToResume(String version) throws Exception {
        FtpsGateway gateway = start();
        assertThat(python(gateway, IN_TURNS, version, "nnrrnrn").lines())
                .containsExactly("226", "226", "226", "226", "522", "226", "522");
    }

    /** Connects to the passive port before the victim, with its own session. */
    private static final String RACE = """
            class Client(ftplib.FTP_TLS):
                def ntransfercmd(self, cmd, rest=None):
                    conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
                    return self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session), size
            victim = login(Client)
            print(victim.nlst())
            other = ssl.create_default_context(cafile=trusted)
            other.minimum_version = other.maximum_version = ssl.TLSVersion[version]
            session = None
            if sys.argv[4] == 'true':
                own = ftplib.FTP_TLS(context=other)
                own.connect('127.0.0.1', port)
                own.auth()
                own.voidcmd('NOOP')
                session = own.sock.session
            for attempt in range(3):
                raced, _ = ftplib.FTP.ntransfercmd(victim, 'RETR file')
                intruder = other.wrap_socket(raced, server_hostname='127.0.0.1', session=session)
                try:
                    stolen = intruder.recv(1000)
                except OSError:
                    stolen = b''
                session = intruder.session
                intruder.close()
                try:
                    print(stolen, victim.voidresp())
                except ftplib.Error as reply:
                    print(stolen, str(reply)[:3])
            victim.retrbinary('RETR file', print)
            """;

    /** A faster intruder with the client's address: behind the same NAT, or on the same machine. */
    @ParameterizedTest
    @CsvSource({"TLSv1_2,false", "TLSv1_3,false", "TLSv1_2,true", "TLSv1_3,true"})
    void intruderWithoutTheSessionGetsNothing(String version, String hasConnection) throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection owner = FtpConnection.secure(gateway)) {
            owner.store("/file", "secret".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(python(gateway, RACE, version, hasConnection).lines())
                .containsExactly("['file']", "b'' 522", "b'' 522", "b'' 522", "b'secret'");
    }

    /** One connection resumes the session of another that has not logged in yet, as clients with a shared cache do. */
    private static final String SHARED = """
            import threading
            class Client(ftplib.FTP_TLS):
                def ntransfercmd(self, cmd, rest=None):
                    conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
                    return self.context.wrap_socket(conn, server_hostname=self.host, session=self.sock.session), size
            ftp = login(Client)
            print(ftp.nlst())
            other = ftplib.FTP_TLS(context=context)
            other.connect('127.0.0.1', port)
            other.auth()
            other.voidcmd('NOOP')
            session = other.sock.session
            received = []
            def transfer():
                data = context.wrap_socket(plain, server_hostname='127.0.0.1', session=session)
                received.append(data.recv(1000))
                data.close()
            plain, _ = ftplib.FTP.ntransfercmd(ftp, 'RETR file')
            thread = threading.Thread(target=transfer)
            thread.start()
            if sys.argv[4] == 'login':
                other.login('alice', 'secret', secure=False)
            else:
                other.close()
            thread.join()
            try:
                print(received, ftp.voidresp()[:3])
            except ftplib.Error as reply:
                print(received, str(reply)[:3])
            """;

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void sessionOfAConnectionThatLogsInToTheSameAccountCounts(String version) throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection owner = FtpConnection.secure(gateway)) {
            owner.store("/file", "secret".getBytes(StandardCharsets.US_ASCII));
        }
        assertThat(python(gateway, SHARED, version, "login").lines()).containsExactly("['file']", "[b'secret'] 226");
        assertThat(python(gateway, SHARED, version, "leave").lines()).containsExactly("['file']", "[b''] 522");
    }

    /** curl uses a ticket of TLS 1.3 once, and reads no new one while it uploads. */
    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void curlTransfersManyFilesByOneConnection(String version) throws Exception {
        FtpsGateway gateway = start();
        String url = "ftp://127.0.0.1:" + gateway.port() + "/";
        String trusted =
                gateway.certificate().writePem(folder().resolve("trusted.pem")).toString();
        String received = folder().resolve("received").toString();
        List<String> arguments = new ArrayList<>();
        for (int round = 0; round < 2; round++) {
            for (List<String> transfer : List.of(
                    List.of("-o", received, url),
                    List.of("-T", trusted, url + "one"),
                    List.of("-T", trusted, url + "two"),
                    List.of("-T", trusted, url + "three"),
                    List.of("-o", received, url + "two"),
                    List.of("-o", received, url + "three"))) {
                arguments.addAll(arguments.isEmpty() ? List.of("-sS") : List.of("--next"));
                arguments.addAll(List.of("--ssl-reqd", "--tlsv" + version, "--tls-max", version, "--cacert", trusted));
                arguments.addAll(List.of("-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
                arguments.addAll(transfer);
            }
        }
        Clients.command("curl", arguments.toArray(String[]::new)).run(TIMEOUT).assertSuccess();
        assertThat(Path.of(received)).hasSameBinaryContentAs(Path.of(trusted));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void nothingIsResumedIfReuseIsOff(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.OFF));
        assertThat(transfer(gateway, version, "resume")).contains("reused [False, False, False, False, False, False]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void curlResumesSessionsIfRequired(String version) throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("sessionReuse", SessionReuse.REQUIRE));
        curl(gateway, version, "ftp://127.0.0.1:" + gateway.port() + "/file").assertSuccess();
        curl(gateway, version, "ftps://127.0.0.1:" + gateway.implicitPort() + "/file")
                .assertSuccess();
    }

    /** Uploads a file. */
    private ClientResult curl(FtpsGateway gateway, String version, String url, String... options) throws Exception {
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        List<String> arguments = new ArrayList<>(List.of(options));
        arguments.addAll(List.of("-sS", "--ssl-reqd", "--tlsv" + version, "--tls-max", version));
        arguments.addAll(List.of("--cacert", trusted.toString()));
        arguments.addAll(List.of("-u", FtpsGateway.USER + ":" + FtpsGateway.PASSWORD));
        arguments.addAll(List.of("-T", trusted.toString(), url));
        return Clients.command("curl", arguments.toArray(String[]::new)).run(TIMEOUT);
    }

    // ---- the end of a transfer

    /** Without close_notify a client cannot distinguish the end of a file from a lost connection. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1_2", "TLSv1_3"})
    void downloadsAndListingsEndWithCloseNotify(String version) throws Exception {
        FtpsGateway gateway = start();
        Path trusted = gateway.certificate().writePem(folder().resolve("trusted.pem"));
        Clients.command("python3", "-c", """
                        import ftplib, io, ssl, sys
                        port, trusted, version = int(sys.argv[1]), sys.argv[2], sys.argv[3]
                        class Client(ftplib.FTP_TLS):
                            def ntransfercmd(self, cmd, rest=None):
                                conn, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
                                return self.context.wrap_socket(conn, suppress_ragged_eofs=False), size
                        context = ssl.create_default_context(cafile=trusted)
                        context.check_hostname = False
                        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
                        context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
                        ftp = Client(context=context)
                        ftp.connect('127.0.0.1', port)
                        ftp.login('alice', 'secret')
                        ftp.prot_p()
                        for size in 0, 1, 10240, 16384, 131072, 300000:
                            ftp.storbinary('STOR file', io.BytesIO(b'x' * size))
                            data = io.BytesIO()
                            ftp.retrbinary('RETR file', data.write)
                            assert len(data.getvalue()) == size, size
                            ftp.retrlines('LIST', lambda line: None)
                        """, Integer.toString(gateway.port()), trusted.toString(), version)
                .run(TIMEOUT)
                .assertSuccess();
    }

    // ---- client certificates

    /** The CAs that the gateway of the tests trusts are its identity's; the settings only have to name a file. */
    private static SettingsBuilder<FtpsSettings> asking(
            SettingsBuilder<FtpsSettings> settings, ClientCertificates wanted) {
        return settings.set("clientCertificates", wanted).set("clientCaFile", "client-ca.pem");
    }

    @ParameterizedTest
    @ValueSource(strings = {"1.2", "1.3"})
    void requiredCertificateMustBeShownAndTrusted(String version) throws Exception {
        FtpsGateway gateway = start(settings -> asking(settings, ClientCertificates.REQUIRED));
        for (String url : List.of(
                "ftp://127.0.0.1:" + gateway.port() + "/file",
                "ftps://127.0.0.1:" + gateway.implicitPort() + "/file")) {
            curl(gateway, version, url).assertFailure();
            curl(gateway, version, url, certificate(TestCertificate.create())).assertFailure();
            curl(gateway, version, url, certificate(gateway.client())).assertSuccess();
        }
    }

    @Test
    void optionalCertificateMustBeTrustedIfThereIsOne() throws Exception {
        FtpsGateway gateway = start(settings -> asking(settings, ClientCertificates.OPTIONAL));
        String url = "ftp://127.0.0.1:" + gateway.port() + "/file";
        curl(gateway, "1.3", url).assertSuccess();
        curl(gateway, "1.3", url, certificate(TestCertificate.create())).assertFailure();
        curl(gateway, "1.3", url, certificate(gateway.client())).assertSuccess();
    }

    private String[] certificate(TestCertificate certificate) throws Exception {
        Path file = certificate.writePem(folder().resolve("client.pem"));
        Path key = certificate.writeKey(folder().resolve("client-key.pem"));
        return new String[] {"--cert", file.toString(), "--key", key.toString()};
    }

    @Test
    void certificateDoesNotReplaceThePassword() throws Exception {
        FtpsGateway gateway = start(settings -> asking(settings, ClientCertificates.REQUIRED));
        try (FtpConnection ftp =
                FtpConnection.plain(gateway, gateway.certificate().clientContext(gateway.client()))) {
            ftp.startTls();
            ftp.command("PWD", 530);
            ftp.command("USER alice", 331);
            ftp.command("PASS wrong", 530);
            ftp.logIn();
        }
    }

    @Test
    void dataConnectionHasTheCertificateOfItsControlConnection() throws Exception {
        FtpsGateway gateway =
                start(settings -> asking(settings, ClientCertificates.OPTIONAL).set("sessionReuse", SessionReuse.OFF));
        try (FtpConnection ftp =
                        FtpConnection.secure(gateway, gateway.certificate().clientContext(gateway.client()));
                FtpConnection nobody = FtpConnection.secure(gateway)) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            nobody.secure(data);
            assertThat(ftp.expect(522)).contains("certificate");
            ftp.command("SIZE /file", 550);
        }
    }

    // ---- what is not TLS

    /** The connection ends even if the client keeps its side open. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void forgedRecordEndsTheControlConnection(String version) throws Exception {
        FtpsGateway gateway = start();
        try (FtpConnection ftp =
                FtpConnection.secure(gateway, gateway.certificate().clientContext(), version)) {
            ftp.sendUnencrypted(HexFormat.of()
                    .parseHex("1703030020000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"));
            Patience.await("the server has ended it", () -> gateway.openConnections() == 0);
        }
    }

    // ---- versions

    @Test
    void oldVersionsAreRefused() throws Exception {
        FtpsGateway gateway = start(settings -> settings.set("minimumTls", TlsVersion.TLS_1_3));
        try (FtpConnection ftp = FtpConnection.plain(gateway)) {
            ftp.command("AUTH TLS", 234);
            assertThatThrownBy(() -> ftp.handshake("TLSv1.2")).isInstanceOf(SSLHandshakeException.class);
        }
        try (FtpConnection ftp =
                FtpConnection.secure(gateway, gateway.certificate().clientContext(), "TLSv1.3")) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            assertThatThrownBy(() -> ftp.secure(data, "TLSv1.2")).isInstanceOf(IOException.class);
            ftp.expect(425);
            ftp.store("/file", new byte[1]);
        }
    }

    /** A client that repeatedly renegotiates would cost the server far more than itself. */
    @Test
    void renegotiationEndsTheConnection() throws Exception {
        FtpsGateway gateway = start();
        SSLContext client = gateway.certificate().clientContext();
        try (FtpConnection ftp = FtpConnection.plain(gateway, client)) {
            ftp.command("AUTH TLS", 234);
            SSLSocket tls = ftp.handshake("TLSv1.2");
            ftp.logIn();
            assertThatThrownBy(() -> {
                        tls.startHandshake(); // asks for a new handshake now
                        ftp.command("NOOP", 200);
                    })
                    .isInstanceOf(IOException.class);
        }
        try (FtpConnection ftp = FtpConnection.secure(gateway, client, "TLSv1.2")) {
            Socket data = ftp.openData();
            ftp.command("STOR /file", 150);
            SSLSocket tls = ftp.secure(data, "TLSv1.2");
            tls.getOutputStream().write(new byte[1000]);
            assertThatThrownBy(() -> {
                        tls.startHandshake();
                        tls.getInputStream().read();
                    })
                    .isInstanceOf(IOException.class);
            ftp.expect(426);
            ftp.command("SIZE /file", 550);
        }
    }
}
