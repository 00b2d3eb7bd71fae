package dev.slipway.testing;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * ClamAV's daemon, with one signature: that of {@link #eicar()}. It listens on a socket and on a port of loopback. Not
 * thread-safe.
 */
public final class ClamdServer implements AutoCloseable {
    /** The name under which it reports {@link #eicar()}. */
    public static final String SIGNATURE = "Slipway.Test.Eicar.UNOFFICIAL";

    private final Path folder;
    private final int port;
    private final List<String> lines;
    private @Nullable Process process;

    private ClamdServer(Path folder, int port, List<String> lines) {
        this.folder = folder;
        this.port = port;
        this.lines = lines;
    }

    /**
     * The harmless file that virus scanners find, by agreement. It is put together here, so that no scanner finds this
     * source.
     */
    public static byte[] eicar() {
        return ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-" + "ANTIVIRUS-TEST-FILE!$H+H*")
                .getBytes(StandardCharsets.US_ASCII);
    }

    /**
     * Starts it. Blocks until it answers.
     *
     * @param lines of clamd.conf, besides the default ones
     * @throws IllegalStateException if it is not installed; the message says how to install it
     */
    public static ClamdServer start(String... lines) throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory("slipway-clamd");
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        ClamdServer server = new ClamdServer(folder, port, List.of(lines));
        try {
            Path signatures = Files.createDirectory(folder.resolve("signatures"));
            Files.writeString(
                    signatures.resolve("test.ndb"),
                    SIGNATURE.replace(".UNOFFICIAL", "") + ":0:*:"
                            + HexFormat.of().formatHex(eicar()) + "\n");
            server.restart();
            return server;
        } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
            server.close();
            throw e;
        }
    }

    /** Its socket. */
    public Path socket() {
        return folder.resolve("clamd.sock");
    }

    /** Its port on 127.0.0.1. */
    public int port() {
        return port;
    }

    /** Starts it again after {@link #kill}. Blocks until it answers. */
    public void restart() throws IOException, InterruptedException {
        Path config = Files.writeString(
                folder.resolve("clamd.conf"),
                String.join("\n", lines) + """

                        Foreground yes
                        LocalSocket %s
                        FixStaleSocket yes
                        TCPSocket %d
                        TCPAddr 127.0.0.1
                        DatabaseDirectory %s
                        TemporaryDirectory %s
                        MaxThreads 2
                        Bytecode no
                        """.formatted(socket(), port, folder.resolve("signatures"), folder));
        Path log = folder.resolve("log");
        Process started = new ProcessBuilder(Clients.find("clamd").toString(), "--config-file=" + config)
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
                .redirectInput(Path.of("/dev/null").toFile())
                .start();
        process = started;
        Patience.await("clamd answers", () -> {
            if (!started.isAlive()) {
                throw new IOException("clamd ended: " + Files.readString(log));
            }
            return answers();
        });
    }

    private boolean answers() {
        try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            channel.connect(UnixDomainSocketAddress.of(socket()));
            channel.write(ByteBuffer.wrap("zPING\0".getBytes(StandardCharsets.US_ASCII)));
            return channel.read(ByteBuffer.allocate(16)) > 0;
        } catch (IOException _) {
            return false;
        }
    }

    /** Kills it with SIGKILL. */
    public void kill() {
        Process running = process;
        if (running != null) {
            running.destroyForcibly();
            try {
                running.waitFor(Patience.SECONDS, TimeUnit.SECONDS);
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
            }
            process = null;
        }
    }

    /** Stops it, as if it hung, until {@link #kill}. */
    public void freeze() throws IOException, InterruptedException {
        Process running = process;
        if (running == null) {
            throw new IllegalStateException("clamd is not running");
        }
        new ProcessBuilder("sh", "-c", "kill -STOP " + running.pid()).start().waitFor();
    }

    @Override
    public void close() {
        kill();
        Folders.delete(folder);
    }
}
