package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.Patience;
import java.io.BufferedReader;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import org.apache.commons.net.util.TrustManagerUtils;
import org.jspecify.annotations.Nullable;

/** An implicit FTPS session whose client may leave replies and data unread. */
final class HostileFtps implements Closeable {
    private static final Pattern PORT = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");
    private static final SSLSocketFactory TLS = trusting();

    private final Socket control;
    private final BufferedReader replies;
    private final List<Socket> data = new ArrayList<>();

    private HostileFtps(Socket control) throws IOException {
        this.control = control;
        this.replies = new BufferedReader(new InputStreamReader(control.getInputStream(), StandardCharsets.UTF_8));
    }

    private static SSLSocketFactory trusting() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {TrustManagerUtils.getAcceptAllTrustManager()}, null);
            return context.getSocketFactory();
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    static HostileFtps login(ListenPorts ports, String user, String password) throws IOException {
        Socket socket = TLS.createSocket("127.0.0.1", ports.implicit());
        socket.setSoTimeout(Patience.MILLIS);
        HostileFtps session = new HostileFtps(socket);
        session.await("220");
        assertThat(session.ask("USER " + user)).startsWith("331");
        assertThat(session.ask("PASS " + password)).startsWith("230");
        session.ask("PBSZ 0");
        session.ask("PROT P");
        return session;
    }

    private void say(String commands) throws IOException {
        control.getOutputStream().write(commands.getBytes(StandardCharsets.UTF_8));
        control.getOutputStream().flush();
    }

    private String ask(String command) throws IOException {
        say(command + "\r\n");
        return await("");
    }

    /** The last line of the next reply with a code. */
    private String await(String code) throws IOException {
        for (String line = replies.readLine(); line != null; line = replies.readLine()) {
            if (line.matches("\\d{3} .*") && line.startsWith(code)) {
                return line;
            }
        }
        throw new IOException("the session has ended");
    }

    /** The data connection that a command opens; null if it is refused. */
    private @Nullable Socket open(String command) throws IOException {
        Matcher port = PORT.matcher(ask("EPSV"));
        assertThat(port.find()).isTrue();
        Socket raw = new Socket(InetAddress.getLoopbackAddress(), Integer.parseInt(port.group(1)));
        data.add(raw);
        if (!ask(command).startsWith("1")) {
            return null;
        }
        SSLSocket socket = (SSLSocket) TLS.createSocket(raw, "127.0.0.1", raw.getPort(), true);
        socket.setSoTimeout(Patience.MILLIS);
        socket.startHandshake();
        return socket;
    }

    /** A listing whose data connection is never opened, followed by long commands whose replies are never read. */
    void askAndNeverConnect() throws IOException {
        StringBuilder commands = new StringBuilder("EPSV\r\nLIST\r\n");
        for (int i = 0; i < 12; i++) {
            commands.append("MDTM ").append("x".repeat(8000)).append("\r\n");
        }
        say(commands.toString());
    }

    /** A listing or a file that is never read, followed by commands. */
    void readNothing(String command) throws IOException {
        assertThat(open(command)).isNotNull();
        say(("MLST " + "y".repeat(8000) + "\r\n").repeat(12));
    }

    /** Directories with long names, and an idle upload. */
    void nameDirectoriesAndBeginUpload(String name) throws IOException {
        for (int i = 0; i < 20; i++) {
            ask("CWD " + "/" + "c".repeat(200) + i + "/e".repeat(300));
            ask("MLST " + "/" + "c".repeat(200) + name + "/" + i);
        }
        Socket upload = open("STOR " + name);
        assertThat(upload).isNotNull();
        upload.getOutputStream().write(new byte[64 * 1024]);
    }

    @Override
    public void close() throws IOException {
        for (Socket socket : data) {
            socket.close();
        }
        control.close();
    }
}
