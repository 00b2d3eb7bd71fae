package dev.slipway.admin.control;

import dev.slipway.admin.command.Caller;
import dev.slipway.admin.command.CommandRunner;
import dev.slipway.admin.command.Console;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import jdk.net.ExtendedSocketOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts commands from the gateway's machine, over a Unix domain socket that only the gateway's user can open. Anyone
 * who can open it may run all commands, since they could also change the state database.
 */
public final class ControlServer implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(ControlServer.class);

    /** Between two attempts to accept a connection. */
    private static final Duration RETRY = Duration.ofSeconds(1);

    private final Path path;
    private final ServerSocketChannel listener;
    private final CommandRunner runner;

    /** Platform threads would do as well: there are never many. */
    private final ExecutorService executor = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("control-", 0).factory());

    private ControlServer(Path path, ServerSocketChannel listener, CommandRunner runner) {
        this.path = path;
        this.listener = listener;
        this.runner = runner;
    }

    /**
     * Starts to listen.
     *
     * @param path in a folder of this gateway's own; a leftover of an earlier run is replaced
     * @throws IOException the path is too long for a socket, or cannot be written
     */
    public static ControlServer start(Path path, CommandRunner runner) throws IOException {
        UnixDomainSocketAddress address = ControlPath.address(path);
        Files.deleteIfExists(path);
        ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            listener.bind(address);
            if (path.getFileSystem().supportedFileAttributeViews().contains("posix")) {
                Files.setPosixFilePermissions(
                        path, Set.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE));
            }
        } catch (IOException | RuntimeException e) {
            listener.close();
            throw e;
        }
        ControlServer server = new ControlServer(path, listener, runner);
        server.executor.execute(server::accept);
        return server;
    }

    private void accept() {
        boolean failing = false;
        while (listener.isOpen()) {
            try {
                SocketChannel connection = listener.accept();
                failing = false;
                executor.execute(() -> serve(connection));
            } catch (ClosedChannelException | RejectedExecutionException e) {
                return;
            } catch (IOException e) {
                // Typically the process has no file descriptor left, which passes.
                if (!failing) {
                    log.warn("The control socket cannot accept commands at present: {}", e.getMessage());
                }
                failing = true;
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
    }

    private void serve(SocketChannel connection) {
        try (connection) {
            DataInputStream in = new DataInputStream(Channels.newInputStream(connection));
            DataOutputStream out = new DataOutputStream(Channels.newOutputStream(connection));
            Frame command = Frame.read(in);
            String[] words = new String(command.bytes(), StandardCharsets.UTF_8).split("\0", -1);
            if (command.kind() != Frame.COMMAND || !words[0].matches("\\d{1,4}")) {
                throw new IOException("not a command");
            }
            Client console = new Client(out, Integer.parseInt(words[0]), words[0].matches("0\\d+"));
            // The client only sends changes of its terminal and its end from here on.
            executor.execute(() -> console.awaitEnd(in));
            int status =
                    runner.run(Caller.local(user(connection)), List.of(words).subList(1, words.length), console);
            console.end(status);
        } catch (IOException e) {
            log.debug("A command from this machine ended early: {}", e.getMessage());
        }
    }

    private static String user(SocketChannel connection) throws IOException {
        try {
            return connection
                    .getOption(ExtendedSocketOptions.SO_PEERCRED)
                    .user()
                    .getName();
        } catch (UnsupportedOperationException e) {
            return "";
        }
    }

    /** Ends running commands and accepts no more. */
    @Override
    public void close() throws IOException {
        listener.close();
        executor.shutdownNow();
        Files.deleteIfExists(path);
    }

    /** The process that waits for a command's end. */
    private static final class Client implements Console {
        private final DataOutputStream connection;
        private volatile int columns;
        private final boolean unicode;
        private final PrintWriter out;
        private final PrintWriter err;
        private final CountDownLatch gone = new CountDownLatch(1);

        Client(DataOutputStream connection, int columns, boolean unicode) {
            this.unicode = unicode;
            this.connection = connection;
            this.columns = columns;
            this.out = writer(Frame.OUTPUT);
            this.err = writer(Frame.ERROR);
        }

        private PrintWriter writer(byte kind) {
            return new PrintWriter(
                    new OutputStream() {
                        @Override
                        public void write(int b) throws IOException {
                            write(new byte[] {(byte) b}, 0, 1);
                        }

                        @Override
                        public void write(byte[] bytes, int start, int length) throws IOException {
                            for (int from = start; from < start + length; from += Frame.LONGEST) {
                                int to = Math.min(from + Frame.LONGEST, start + length);
                                send(new Frame(kind, Arrays.copyOfRange(bytes, from, to)));
                            }
                        }
                    },
                    false,
                    StandardCharsets.UTF_8);
        }

        private void send(Frame frame) throws IOException {
            synchronized (connection) {
                frame.write(connection);
            }
        }

        void awaitEnd(DataInputStream in) {
            try {
                while (true) {
                    Frame frame = Frame.read(in);
                    String text = new String(frame.bytes(), StandardCharsets.UTF_8);
                    // Frames of newer clients are ignored.
                    if (frame.kind() == Frame.TERMINAL && text.matches("\\d{1,4}")) {
                        columns = Integer.parseInt(text);
                    }
                }
            } catch (EOFException e) {
                log.trace("A client on this machine has ended", e);
            } catch (IOException e) {
                log.debug("A client on this machine has gone: {}", e.getMessage());
            } finally {
                gone.countDown();
            }
        }

        void end(int status) throws IOException {
            out.flush();
            err.flush();
            send(new Frame(Frame.STATUS, Integer.toString(status).getBytes(StandardCharsets.UTF_8)));
        }

        @Override
        public PrintWriter out() {
            return out;
        }

        @Override
        public PrintWriter err() {
            return err;
        }

        @Override
        public int columns() {
            return columns;
        }

        @Override
        public boolean isUnicode() {
            return unicode;
        }

        @Override
        public boolean isCancelledWithin(Duration time) {
            try {
                return gone.await(time.toMillis(), TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return true;
            }
        }
    }
}
