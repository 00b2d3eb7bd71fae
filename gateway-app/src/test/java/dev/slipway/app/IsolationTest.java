package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One account cannot reach another's files, whatever bytes its client sends as a path. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class IsolationTest {
    private static final Duration LIMIT = Patience.LIMIT;

    /** The beginning of all scripts: the paths, as bytes, and what no answer may contain. */
    private static final String PATHS = """
            import sys
            port, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3]
            paths = [
                b'/..', b'/../..', b'/../ben/secret', b'../ben/secret', b'd/../../ben/secret', b'/d/../../../secret',
                b'/./.././ben/secret', b'/....//ben/secret', b'/.../ben/secret', b'/.. /ben/secret',
                b'/%2e%2e/ben/secret', b'/..%2fben%2fsecret', b'/%2e%2e%2fben%2fsecret', b'/%252e%252e%252fben%252fsecret',
                b'/..%c0%afben', b'/..\\xc0\\xafben\\xc0\\xafsecret', b'/\\xc0\\xae\\xc0\\xae/ben/secret',
                b'/\\xe0\\x80\\xae\\xe0\\x80\\xae/ben/secret', b'/..\\xe0\\x80\\xafben', b'/\\xf0\\x80\\x80\\xae./ben/secret',
                b'/\\xff\\xfe/ben/secret', b'/\\xed\\xa0\\x80/x',
                b'/..\\\\ben\\\\secret', b'\\\\..\\\\ben\\\\secret',
                '/\\uff0e\\uff0e/ben/secret'.encode(), '/\\uff0e\\uff0e\\uff0fben\\uff0fsecret'.encode(),
                '/\\u2025/ben/secret'.encode(), '/..\\u2215ben\\u2215secret'.encode(),
                b'/..\\0/ben/secret', b'/own\\0/../../ben/secret',
                b'/home/ben/secret', b'//home/ben/secret', b'//ben/secret', b'/secret', b's3://bucket/home/ben/secret',
                b'~ben/secret', b'/../annabel/secret', b'bel/secret', b'-old/secret',
                b'/shared/..', b'/shared/../..', b'/shared/../../ben/secret', b'/shared/', b'/shared/doc/../../secret',
                b'/shared/new', b'/shared/doc', b'/link/secret', b'/link', b'-la ../ben', b'-R /', b'../*', b'/../*/secret',
            ]
            def check(what, path, data):
                assert b'CONFIDENTIAL' not in data and b'only-ben-has-this' not in data, (what, path, data)
            """;

    private static final String FTP = PATHS + """
            import ssl, socket, ftplib
            class Raw:
                def __init__(self):
                    self.ftp = ftplib.FTP_TLS(context=ssl._create_unverified_context(), timeout=240)
                    # Each character is a byte: nothing is encoded, and nothing refused by the client.
                    self.ftp.encoding = 'latin-1'
                    self.ftp.connect('127.0.0.1', port)
                    self.ftp.login(user, password)
                    self.ftp.prot_p()
                def send(self, command):
                    self.ftp.sock.sendall(command + b'\\r\\n')
                    return self.ftp.getmultiline()
                def receive(self, command):
                    host, data_port = self.ftp.makepasv()
                    data = socket.create_connection((host, data_port), 20)
                    reply = self.send(command)
                    received = b''
                    if reply[0] == '1':
                        data = self.ftp.context.wrap_socket(data, session=self.ftp.sock.session)
                        while chunk := data.recv(65536):
                            received += chunk
                        data.close()
                        self.ftp.getmultiline()
                    data.close()
                    return received
                def store(self, path):
                    host, data_port = self.ftp.makepasv()
                    data = socket.create_connection((host, data_port), 20)
                    reply = self.send(b'STOR ' + path)
                    if reply[0] == '1':
                        data = self.ftp.context.wrap_socket(data, session=self.ftp.sock.session)
                        data.sendall(b'x')
                        data.unwrap()
                        data.close()
                        self.ftp.getmultiline()
                    data.close()
            done = 0
            raw = Raw()
            for path in paths:
                for verb in (b'CWD', b'SIZE', b'MDTM', b'MLST', b'STAT', b'MFMT 20200101000000', b'SITE CHMOD 777',
                             b'RNFR', b'RNTO /taken', b'DELE', b'MKD', b'RMD', b'XCUP', b'AVBL'):
                    command = verb if verb.startswith((b'RNTO', b'XCUP')) else verb + b' ' + path
                    check(verb, path, raw.send(command).encode('latin-1'))
                    raw.send(b'CWD /')
                for verb in (b'RETR', b'LIST', b'NLST', b'MLSD'):
                    check(verb, path, raw.receive(verb + b' ' + path))
                if raw.send(b'CWD ' + path).startswith('250'):
                    for verb in (b'LIST', b'NLST', b'MLSD', b'RETR secret', b'RETR ben/secret'):
                        check(b'CWD, then ' + verb, path, raw.receive(verb))
                    raw.send(b'DELE secret')
                raw.send(b'CWD /')
                raw.store(path)
                raw.send(b'RNFR /own')
                raw.send(b'RNTO ' + path)
                assert raw.send(b'NOOP').startswith('200'), path
                done += 1
            raw.ftp.close()
            print(done, 'paths')
            """;

    private static final String SFTP = PATHS + """
            import paramiko
            from paramiko.sftp import CMD_SYMLINK, CMD_READLINK
            transport = paramiko.Transport(('127.0.0.1', port))
            transport.connect(username=user, password=password)
            sftp = paramiko.SFTPClient.from_transport(transport)
            def attempt(call):
                try:
                    result = call()
                    return result if isinstance(result, bytes) else repr(result).encode()
                except OSError as e:
                    return repr(e).encode()
            def read(path):
                with sftp.open(path, 'rb') as file:
                    return file.read()
            def write(path):
                with sftp.open(path, 'wb') as file:
                    file.write(b'x')
            def scp(path):
                channel = transport.open_session()
                channel.settimeout(20)
                channel.exec_command(b'scp -f ' + path)
                channel.sendall(b'\\0\\0\\0')
                received = channel.recv(65536)
                channel.close()
                return received
            done = 0
            for path in paths:
                for call in (lambda: sftp.stat(path), lambda: sftp.lstat(path), lambda: sftp.listdir(path),
                             lambda: read(path), lambda: sftp.readlink(path), lambda: sftp.normalize(path),
                             lambda: sftp.utime(path, (1, 1)), lambda: sftp.chmod(path, 0o777),
                             lambda: sftp.truncate(path, 0),
                             lambda: sftp._request(CMD_SYMLINK, b'../ben/secret', b'made-link'),
                             lambda: sftp._request(CMD_SYMLINK, path, b'made-link'),
                             lambda: sftp._request(CMD_SYMLINK, b'made-link', path),
                             lambda: sftp.symlink(b'../ben/secret', path), lambda: read(b'made-link'),
                             lambda: sftp.rename(path, b'/taken'), lambda: sftp.posix_rename(path, b'/taken'),
                             lambda: sftp.remove(path), lambda: sftp.mkdir(path), lambda: sftp.rmdir(path),
                             lambda: write(path), lambda: sftp.posix_rename(b'/own', path)):
                    check('a request', path, attempt(call))
                if b'\\0' not in path and not path.startswith(b'-'):
                    check('scp', path, attempt(lambda: scp(path)))
                done += 1
            transport.close()
            print(done, 'paths')
            """;

    private static final List<String> OTHERS = List.of(
            "secret",
            "home/secret",
            "home/ben/secret",
            "home/ben/only-ben-has-this",
            "home/annabel/secret",
            "shared/doc");

    @ParameterizedTest
    @ValueSource(strings = {"FTP", "SFTP"})
    void pathsCannotLeaveTheHome(String protocol, S3Bucket bucket, @TempDir Path directory) throws Exception {
        byte[] confidential = "CONFIDENTIAL".getBytes(StandardCharsets.UTF_8);
        try (BucketView stored = new BucketView(bucket);
                Gateway gateway = RunningGateway.builder(bucket.endpoint().uri(), bucket, directory)
                        .set("accounts[0].mounts[0].path", "/")
                        .set("accounts[0].mounts[0].prefix", "home/anna/")
                        .set("accounts[0].mounts[1].path", "/shared")
                        .set("accounts[0].mounts[1].prefix", "shared/")
                        .set("accounts[0].mounts[1].readOnly", "true")
                        .account("ben", "secret-of-ben", "home/ben/")
                        .start()) {
            OTHERS.forEach(key -> stored.put(key, key.equals("shared/doc") ? new byte[] {1} : confidential));
            stored.put("home/anna/own", new byte[] {1});
            stored.put("home/anna/d/own", new byte[] {1});
            stored.put("home/anna/link", "../ben/secret".getBytes(StandardCharsets.UTF_8));
            assertThat(gateway.awaitReady(LIMIT)).isTrue();
            boolean isFtp = protocol.equals("FTP");

            assertThat(Clients.command(
                                    "python3",
                                    "-c",
                                    isFtp ? FTP : SFTP,
                                    String.valueOf((isFtp ? gateway.explicitPort() : gateway.sftpPort()).orElseThrow()),
                                    Protocol.USER,
                                    Protocol.PASSWORD)
                            .run(LIMIT)
                            .assertSuccess()
                            .stdout())
                    .endsWith(" paths\n");

            Map<String, String> others = new TreeMap<>();
            for (String key : stored.keys()) {
                if (!key.startsWith("home/anna/")) {
                    others.put(key, new String(stored.get(key), StandardCharsets.UTF_8));
                }
            }
            assertThat(others.keySet()).containsExactlyInAnyOrderElementsOf(OTHERS);
            others.remove("shared/doc");
            assertThat(others.values()).containsOnly("CONFIDENTIAL");
            RunningGateway.awaitNoMemoryInUse(gateway);
        }
    }
}
