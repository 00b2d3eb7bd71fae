package dev.slipway.transfer.job;

import dev.slipway.testing.Sockets;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Stands between a gateway and its PostgreSQL server, and cuts one connection at the commit of the first transaction whose
 * last statement begins with some text.
 */
final class LostCommit implements AutoCloseable {
    /** What is lost. */
    enum Lost {
        /** The server never hears of the commit. */
        REQUEST,
        /** The server commits, and the gateway does not learn that. */
        ANSWER
    }

    private static final int BUFFER = 64 * 1024;

    private final URI server;
    private final String statement;
    private final Lost lost;
    private final ServerSocket listener;
    private final AtomicBoolean armed = new AtomicBoolean(true);
    private final AtomicBoolean done = new AtomicBoolean();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();

    /** @param url of the server, for JDBC, without encryption */
    LostCommit(String url, String statement, Lost lost) throws IOException {
        this.server = URI.create(url.substring("jdbc:".length()));
        this.statement = statement;
        this.lost = lost;
        this.listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        Thread.ofVirtual().name("lost-commit").start(this::accept);
    }

    /** The URL by which the server is reached through this. */
    String url() {
        return "jdbc:postgresql://127.0.0.1:" + listener.getLocalPort() + server.getPath() + "?" + server.getQuery();
    }

    /** Whether a commit was lost. */
    boolean isDone() {
        return done.get();
    }

    private void accept() {
        while (!listener.isClosed()) {
            try {
                Socket client = listener.accept();
                Socket target = new Socket(server.getHost(), server.getPort());
                open.add(client);
                open.add(target);
                AtomicBoolean cut = new AtomicBoolean();
                Thread.ofVirtual().start(() -> forward(client, target, cut));
                Thread.ofVirtual().start(() -> answer(target, client, cut));
            } catch (IOException e) {
                // Closed, or a client that is gone already.
            }
        }
    }

    private void forward(Socket client, Socket target, AtomicBoolean cut) {
        byte[] buffer = new byte[BUFFER];
        boolean isNextCommit = false;
        try {
            InputStream input = client.getInputStream();
            OutputStream output = target.getOutputStream();
            for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
                if (isNextCommit) {
                    cut.set(true);
                    done.set(true);
                    if (lost == Lost.REQUEST) {
                        break;
                    }
                }
                // The driver sends one statement at a time, and waits for what it does.
                isNextCommit = new String(buffer, 0, read, StandardCharsets.ISO_8859_1).contains(statement)
                        && armed.compareAndSet(true, false);
                output.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // It is over.
        }
        if (!cut.get() || lost == Lost.REQUEST) {
            end(client, target);
        }
    }

    private void answer(Socket target, Socket client, AtomicBoolean cut) {
        byte[] buffer = new byte[BUFFER];
        try {
            InputStream input = target.getInputStream();
            OutputStream output = client.getOutputStream();
            for (int read = input.read(buffer); read >= 0 && !cut.get(); read = input.read(buffer)) {
                output.write(buffer, 0, read);
            }
        } catch (IOException e) {
            // It is over.
        }
        end(client, target);
    }

    private void end(Socket client, Socket target) {
        open.remove(client);
        open.remove(target);
        Sockets.drop(client);
        Sockets.drop(target);
    }

    @Override
    public void close() throws IOException {
        listener.close();
        open.forEach(Sockets::drop);
    }
}
