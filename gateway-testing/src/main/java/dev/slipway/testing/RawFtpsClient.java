package dev.slipway.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.SocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.apache.commons.net.ftp.FTPReply;
import org.apache.commons.net.ftp.FTPSClient;
import org.jspecify.annotations.Nullable;

/**
 * Commons Net's client for FTP with explicit TLS, with access to the TCP connections below TLS, so that tests can cut
 * them. It accepts any certificate. Connecting, and each answer, may take a minute. Not thread-safe.
 */
public final class RawFtpsClient extends FTPSClient {
    private static final int TIMEOUT_MILLIS = 60_000;
    private static final Pattern PORT = Pattern.compile("\\(\\|\\|\\|(\\d+)\\|\\)");
    private static final SSLContext TLS = anyServer();

    private @Nullable Socket control;
    private @Nullable Socket data;

    /** Creates a client that is not connected. */
    public RawFtpsClient() {
        super(false, TLS);
        setControlEncoding("UTF-8");
        setConnectTimeout(TIMEOUT_MILLIS);
        setDefaultTimeout(TIMEOUT_MILLIS);
        setSocketFactory(new RememberingFactory());
    }

    private static SSLContext anyServer() {
        try {
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, new TrustManager[] {new AnyServer()}, null);
            return context;
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Certificates are tested elsewhere. */
    private static final class AnyServer implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            // any
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            // any
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    /** Creates the socket of the control connection. */
    private final class RememberingFactory extends SocketFactory {
        @Override
        public Socket createSocket() {
            Socket socket = new Socket();
            control = socket;
            return socket;
        }

        @Override
        public Socket createSocket(String host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(String host, int port, InetAddress localHost, int localPort) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress host, int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Socket createSocket(InetAddress address, int port, InetAddress localAddress, int localPort) {
            throw new UnsupportedOperationException();
        }
    }

    /** EPSV, the command, and then TLS, over a TCP connection that this creates. */
    @Override
    protected @Nullable Socket _openDataConnection_(String command, String argument) throws IOException {
        if (sendCommand("EPSV") != FTPReply.ENTERING_EPSV_MODE) {
            throw new IOException(getReplyString());
        }
        Matcher port = PORT.matcher(getReplyString());
        if (!port.find()) {
            throw new IOException(getReplyString());
        }
        Socket raw = new Socket();
        data = raw;
        boolean opened = false;
        try {
            raw.connect(new InetSocketAddress(getRemoteAddress(), Integer.parseInt(port.group(1))), TIMEOUT_MILLIS);
            raw.setSoTimeout(TIMEOUT_MILLIS);
            if (!FTPReply.isPositivePreliminary(sendCommand(command, argument))) {
                return null;
            }
            SSLSocket secured = (SSLSocket) TLS.getSocketFactory().createSocket(raw, "127.0.0.1", raw.getPort(), true);
            secured.startHandshake();
            opened = true;
            return secured;
        } finally {
            if (!opened) {
                raw.close();
            }
        }
    }

    /** Begins an upload; returns null if it is refused. */
    @Nullable
    public OutputStream store(String command, String path) throws IOException {
        Socket socket = _openDataConnection_(command, path);
        return socket == null ? null : socket.getOutputStream();
    }

    /** Begins a download; returns null if it is refused. */
    @Nullable
    public InputStream retrieve(String path) throws IOException {
        Socket socket = _openDataConnection_("RETR", path);
        return socket == null ? null : socket.getInputStream();
    }

    /** The TCP connection below the latest data connection. */
    public Socket data() {
        if (data == null) {
            throw new IllegalStateException("no data connection");
        }
        return data;
    }

    /** Cuts the control connection. */
    public void drop() {
        if (control != null) {
            Sockets.drop(control);
        }
    }
}
