package dev.slipway.ftps;

import dev.slipway.testing.Patience;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;

/** A raw control connection for tests. */
final class FtpConnection implements AutoCloseable {
    private static final int TIMEOUT_MILLIS = Patience.MILLIS;
    private static final Pattern PORT = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");

    private final SSLContext context;
    private final Socket raw;
    private Socket socket;
    private InputStream in;

    private FtpConnection(Socket socket, SSLContext context) throws IOException {
        this.context = context;
        this.raw = socket;
        this.socket = socket;
        socket.setSoTimeout(TIMEOUT_MILLIS);
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    /** Wraps a connection from which nothing was read yet. */
    static FtpConnection over(Socket socket, SSLContext context) throws IOException {
        return new FtpConnection(socket, context);
    }

    /** Connects to the explicit port and reads the greeting. */
    static FtpConnection plain(FtpsGateway gateway) throws IOException {
        return plain(gateway, gateway.certificate().clientContext());
    }

    /** Connects to the explicit port, with other keys and another trust store. */
    static FtpConnection plain(FtpsGateway gateway, SSLContext context) throws IOException {
        FtpConnection connection = over(new Socket(gateway.address(), gateway.port()), context);
        connection.expect(220);
        return connection;
    }

    /** Connects, starts TLS, logs in and requests protected data connections. */
    static FtpConnection secure(FtpsGateway gateway) throws IOException {
        return secure(gateway, gateway.certificate().clientContext());
    }

    /** The same with other keys and another trust store, and with these versions of TLS. */
    static FtpConnection secure(FtpsGateway gateway, SSLContext context, String... protocols) throws IOException {
        FtpConnection connection = plain(gateway, context);
        connection.startTls(protocols);
        connection.logIn();
        connection.command("PBSZ 0", 200);
        connection.command("PROT P", 200);
        return connection;
    }

    /** Connects and logs in without TLS. */
    static FtpConnection plainLogin(FtpsGateway gateway) throws IOException {
        FtpConnection connection = plain(gateway);
        connection.logIn();
        return connection;
    }

    void startTls(String... protocols) throws IOException {
        command("AUTH TLS", 234);
        handshake(protocols);
    }

    /** Starts the client's side of TLS, after the server has agreed. */
    SSLSocket handshake(String... protocols) throws IOException {
        SSLSocket tls = secure(raw, protocols);
        socket = tls;
        in = new BufferedInputStream(tls.getInputStream());
        return tls;
    }

    void logIn() throws IOException {
        command("USER " + FtpsGateway.USER, 331);
        command("PASS " + FtpsGateway.PASSWORD, 230);
    }

    void send(String line) throws IOException {
        sendBytes((line + "\r\n").getBytes(StandardCharsets.UTF_8));
    }

    void sendBytes(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
    }

    /** Sends bytes outside of TLS. */
    void sendUnencrypted(byte[] bytes) throws IOException {
        raw.getOutputStream().write(bytes);
    }

    void sendUrgent(int data) throws IOException {
        raw.sendUrgentData(data);
    }

    /** Sends a command and checks the code of its reply, which is returned completely. */
    String command(String line, int code) throws IOException {
        send(line);
        try {
            return expect(code);
        } catch (AssertionError e) {
            String sent = line.substring(0, Math.min(line.length(), 100));
            throw new AssertionError("after " + sent + ": " + e.getMessage(), e);
        }
    }

    String expect(int code) throws IOException {
        String reply = reply();
        if (!reply.startsWith(Integer.toString(code))) {
            throw new AssertionError("expected " + code + " but got: " + reply);
        }
        return reply;
    }

    /** Reads one reply with all its lines. */
    String reply() throws IOException {
        StringBuilder reply = new StringBuilder();
        String first = line();
        reply.append(first).append('\n');
        if (first.length() > 3 && first.charAt(3) == '-') {
            String end = first.substring(0, 3) + " ";
            String line;
            do {
                line = line();
                reply.append(line).append('\n');
            } while (!line.startsWith(end));
        }
        return reply.toString();
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the control connection ended after: " + line.toString(StandardCharsets.UTF_8));
            }
            if (next == '\n') {
                return line.toString(StandardCharsets.UTF_8).stripTrailing();
            }
            line.write(next);
        }
    }

    /** Whether the server has closed the connection; blocks until it sends something or closes. */
    boolean isEnded() throws IOException {
        try {
            return in.read() < 0;
        } catch (java.net.SocketException e) {
            return true;
        }
    }

    /** Checks that the server sends nothing for 300 ms. */
    void expectSilence() throws IOException {
        socket.setSoTimeout(300);
        try {
            throw new AssertionError("expected nothing, but got: " + reply());
        } catch (SocketTimeoutException e) {
            socket.setSoTimeout(TIMEOUT_MILLIS);
        }
    }

    /** Requests a passive port. */
    int passivePort() throws IOException {
        Matcher matcher = PORT.matcher(command("EPSV", 229));
        if (!matcher.find()) {
            throw new AssertionError("no port in the reply to EPSV");
        }
        return Integer.parseInt(matcher.group(1));
    }

    /** Opens a data connection, without TLS. */
    Socket openData() throws IOException {
        Socket data = new Socket(raw.getInetAddress(), passivePort());
        data.setSoTimeout(TIMEOUT_MILLIS);
        return data;
    }

    static Socket connect(int port, String from) throws IOException {
        Socket data = new Socket();
        data.bind(new InetSocketAddress(InetAddress.ofLiteral(from), 0));
        data.setSoTimeout(TIMEOUT_MILLIS);
        data.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
        return data;
    }

    /** Starts TLS on a data connection; closing the result sends close_notify, closing the socket does not. */
    SSLSocket secure(Socket data, String... protocols) throws IOException {
        SSLSocket tls = (SSLSocket) context.getSocketFactory()
                .createSocket(data, raw.getInetAddress().getHostAddress(), raw.getPort(), true);
        if (protocols.length > 0) {
            tls.setEnabledProtocols(protocols);
        }
        tls.startHandshake();
        return tls;
    }

    /** Stores a file. */
    void store(String path, byte[] content) throws IOException {
        send("STOR", path, content);
    }

    /** @param command a command that uploads */
    void send(String command, String path, byte[] content) throws IOException {
        Socket data = openData();
        command(command + " " + path, 150);
        try (Socket channel = socket instanceof SSLSocket ? secure(data) : data) {
            channel.getOutputStream().write(content);
        }
        expect(226);
    }

    /** Receives a listing or a download, to its end. */
    byte[] receive(String command) throws IOException {
        Socket data = openData();
        command(command, 150);
        try (Socket channel = socket instanceof SSLSocket ? secure(data) : data) {
            byte[] content = channel.getInputStream().readAllBytes();
            expect(226);
            return content;
        }
    }

    String list(String command) throws IOException {
        return new String(receive(command), StandardCharsets.UTF_8);
    }

    /** Ends the connection with a reset. */
    void reset() throws IOException {
        raw.setSoLinger(true, 0);
        raw.close();
    }

    /** Ends the connection with a FIN, without QUIT. */
    @Override
    public void close() throws IOException {
        raw.close();
    }
}
