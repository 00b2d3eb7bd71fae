package dev.slipway.bench;

import dev.slipway.bench.Server.Access;
import dev.slipway.core.Protocol;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ClientChannel;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.keyprovider.FileKeyPairProvider;

/** Many idle sessions. Opened in this process: a thousand client programs would take too much memory. */
final class IdleSessions implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final Duration STEP = Duration.ofSeconds(60);

    /** How many log in concurrently. */
    private static final int AT_ONCE = 8;

    private final Access server;
    private final Protocol protocol;
    private final Workspace workspace;
    private final Queue<AutoCloseable> open = new ConcurrentLinkedQueue<>();

    IdleSessions(Access server, Protocol protocol, Workspace workspace) {
        this.server = server;
        this.protocol = protocol;
        this.workspace = workspace;
    }

    /** Opens sessions, and waits until all have logged in. */
    void open(int count) throws IOException, InterruptedException {
        Opener opener = protocol == Protocol.SFTP ? sftp() : ftps();
        try (ExecutorService executor = Executors.newFixedThreadPool(AT_ONCE)) {
            List<Future<?>> opened = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                opened.add(executor.submit(() -> {
                    opener.open();
                    return null;
                }));
            }
            long deadline = System.nanoTime() + LIMIT.toNanos();
            try {
                for (Future<?> session : opened) {
                    session.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
                }
            } catch (ExecutionException | TimeoutException e) {
                executor.shutdownNow();
                throw new IOException("not all of " + count + " sessions could be opened", e);
            }
        }
    }

    private interface Opener {
        void open() throws IOException;
    }

    /** With the SFTP subsystem started, like a client that waits for its user. */
    private Opener sftp() throws IOException {
        KeyPair key = new FileKeyPairProvider(workspace.key())
                .loadKeys(null)
                .iterator()
                .next();
        SshClient client = SshClient.setUpDefaultClient();
        client.setServerKeyVerifier((_, _, _) -> true);
        client.start();
        open.add(client);
        return () -> {
            ClientSession session = client.connect(server.user(), server.address(), server.port())
                    .verify(STEP)
                    .getClientSession();
            session.addPublicKeyIdentity(key);
            session.auth().verify(STEP);
            ClientChannel channel = session.createSubsystemChannel("sftp");
            channel.open().verify(STEP);
        };
    }

    private Opener ftps() throws IOException {
        SSLContext context;
        try {
            context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new TrustAll()}, null);
        } catch (GeneralSecurityException e) {
            throw new IOException("TLS is not available", e);
        }
        return () -> {
            Socket plain = new Socket();
            open.add(plain);
            plain.setTcpNoDelay(true);
            plain.connect(new InetSocketAddress(server.address(), server.port()), (int) STEP.toMillis());
            plain.setSoTimeout((int) STEP.toMillis());
            expect(plain, "220");
            send(plain, "AUTH TLS");
            expect(plain, "234");
            SSLSocket secured =
                    (SSLSocket) context.getSocketFactory().createSocket(plain, server.address(), server.port(), true);
            secured.startHandshake();
            send(secured, "USER " + server.user());
            // Anonymous users may not need a password.
            if (expect(secured, "331", "230").startsWith("331")) {
                send(secured, "PASS " + Servers.PASSWORD);
                expect(secured, "230");
            }
        };
    }

    private static void send(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    private static String expect(Socket socket, String... codes) throws IOException {
        // The reader's buffer loses nothing, since the server sends nothing unasked.
        BufferedReader reader =
                new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            for (String code : codes) {
                if (line.startsWith(code + " ")) {
                    return line;
                }
            }
            if (!line.matches("[123]\\d\\d-.*| .*")) {
                throw new IOException("the server said: " + line);
            }
        }
        throw new IOException("the server has closed the connection");
    }

    @Override
    public void close() {
        for (AutoCloseable session : open) {
            try {
                session.close();
            } catch (Exception e) {
                // The server is about to be stopped anyway.
            }
        }
    }

    /** The server was started by this process. */
    private static final class TrustAll implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
