package dev.slipway.app;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.testing.Patience;
import java.io.Closeable;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.sshd.client.SshClient;
import org.apache.sshd.client.channel.ChannelShell;
import org.apache.sshd.client.session.ClientSession;
import org.apache.sshd.common.session.helpers.AbstractSession;

/**
 * Fifty sessions that make a gateway hold as much as they can: half of them over FTPS, half over SSH. Closing ends
 * them.
 *
 * <p>They use a {@link #DIRECTORY} with many files with long names, and a {@link #FILE} of 4 MiB.
 */
final class HostileClients implements AutoCloseable {
    static final String USER = "mallory";
    static final String PASSWORD = "secret-of-mallory";
    static final String DIRECTORY = "names";
    static final String FILE = "large";
    static final int SESSIONS = 50;

    private static final int BLOCK = 32 * 1024;
    private static final int LARGE_READ = 255 * 1024;

    private final ListenPorts ports;

    /** Reads what it receives, as far as windows of 64 KiB allow. */
    private final SshClient reading = HostileSftp.client(64 * 1024, BLOCK);

    /** Lets the gateway send a gigabyte on each channel, and reads nothing. */
    private final SshClient deaf = HostileSftp.client(1L << 30, 256L << 20);

    /** Accepts one byte at a time. */
    private final SshClient oneByte = HostileSftp.client(2L << 20, 1);

    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final List<Future<?>> actions = new CopyOnWriteArrayList<>();
    private final List<HostileSftp> answered = new CopyOnWriteArrayList<>();
    private final List<Closeable> open = new CopyOnWriteArrayList<>();
    private final CountDownLatch loggedIn = new CountDownLatch(SESSIONS);

    HostileClients(ListenPorts ports) {
        this.ports = ports;
    }

    private interface Login<T> {
        T open() throws IOException;
    }

    private interface Action<T> {
        void run(T session) throws Exception;
    }

    /** Opens all sessions, and runs each one's attack on a separate thread once all are logged in. */
    void start() {
        overFtps(9, HostileFtps::askAndNeverConnect);
        overFtps(4, ftps -> ftps.readNothing("MLSD " + DIRECTORY));
        overFtps(4, ftps -> ftps.readNothing("RETR " + FILE));
        for (int i = 0; i < 8; i++) {
            String name = "never-sent-" + i;
            overFtps(1, ftps -> ftps.nameDirectoriesAndBeginUpload(name));
        }

        overSsh(reading, 1, HostileClients::interruptUploads);
        overSsh(reading, 3, this::sendBlocksEarly);
        overSsh(reading, 4, this::readDirectoriesByHalf);
        overSsh(reading, 2, this::keepFilesOpen);
        overSsh(reading, 5, HostileClients::readNoAnswers);
        overSsh(reading, 3, this::askForChecksums);
        overSsh(reading, 2, this::nameDirectories);
        overSsh(reading, 2, HostileClients::fillShells);
        overSsh(deaf, 2, HostileClients::readNothingFromTheNetwork);
        overSsh(oneByte, 1, HostileClients::readNothingFromTheNetwork);
    }

    private void overFtps(int count, Action<HostileFtps> action) {
        for (int i = 0; i < count; i++) {
            begin(() -> closing(HostileFtps.login(ports, USER, PASSWORD)), action);
        }
    }

    private void overSsh(SshClient client, int count, Action<ClientSession> action) {
        for (int i = 0; i < count; i++) {
            begin(() -> closing(HostileSftp.login(client, ports.ssh(), USER, PASSWORD)), action);
        }
    }

    private <T extends Closeable> T closing(T session) {
        open.add(session);
        return session;
    }

    private <T> void begin(Login<T> login, Action<T> action) {
        actions.add(executor.submit(() -> {
            T session = login.open();
            loggedIn.countDown();
            loggedIn.await();
            action.run(session);
            return null;
        }));
    }

    int sessions() {
        return open.size();
    }

    /** Whether everything was sent, and everything was answered on channels whose answers are read. */
    boolean isAnswered() {
        return actions.stream().allMatch(Future::isDone) && answered.stream().allMatch(HostileSftp::isAnswered);
    }

    /** The failures that kept clients from sending everything. */
    List<Throwable> failures() {
        return actions.stream()
                .filter(action -> action.state() == Future.State.FAILED)
                .map(Future::exceptionNow)
                .toList();
    }

    private HostileSftp answered(ClientSession session) throws IOException {
        HostileSftp sftp = HostileSftp.open(session).readAnswers();
        answered.add(sftp);
        return sftp;
    }

    /**
     * Each of these uploads is kept for its account. A dropped channel keeps its place until its requests have ended.
     */
    private static void interruptUploads(ClientSession session) throws IOException {
        for (int i = 0; i < 8; i++) {
            HostileSftp sftp = HostileSftp.open(session);
            sftp.send(HostileSftp.OPEN, "interrupted-" + i, HostileSftp.FOR_WRITING, 0);
            for (int block = 0; block < 4; block++) {
                sftp.send(HostileSftp.WRITE, HostileSftp.handle(1), (long) block * BLOCK, new byte[BLOCK]);
            }
            sftp.flush().drop();
        }
    }

    /** Sends all blocks of many files except the first of each. */
    private void sendBlocksEarly(ClientSession session) throws IOException {
        HostileSftp sftp = answered(session);
        for (int file = 1; file <= 10; file++) {
            sftp.send(HostileSftp.OPEN, "early-" + session.hashCode() + "-" + file, HostileSftp.FOR_WRITING, 0);
        }
        for (int file = 1; file <= 10; file++) {
            for (int block = 1; block <= 60; block++) {
                sftp.send(HostileSftp.WRITE, HostileSftp.handle(file), (long) block * BLOCK, new byte[BLOCK]);
            }
        }
        sftp.flush();
    }

    private void readDirectoriesByHalf(ClientSession session) throws IOException {
        HostileSftp sftp = answered(session);
        for (int i = 1; i <= 40; i++) {
            sftp.send(HostileSftp.OPENDIR, DIRECTORY).send(HostileSftp.READDIR, HostileSftp.handle(i));
        }
        sftp.flush();
    }

    private void keepFilesOpen(ClientSession session) throws IOException {
        HostileSftp sftp = answered(session);
        for (int i = 1; i <= 130; i++) {
            sftp.send(HostileSftp.OPEN, FILE, HostileSftp.FOR_READING, 0);
        }
        sftp.flush();
    }

    private static void readNoAnswers(ClientSession session) throws IOException {
        for (int channel = 0; channel < 8; channel++) {
            HostileSftp sftp = HostileSftp.open(session);
            sftp.send(HostileSftp.OPEN, FILE, HostileSftp.FOR_READING, 0);
            for (int i = 0; i < 4; i++) {
                sftp.send(HostileSftp.READ, HostileSftp.handle(1), (long) i * LARGE_READ, LARGE_READ);
            }
            sftp.flush();
        }
    }

    private void askForChecksums(ClientSession session) throws IOException {
        HostileSftp sftp = answered(session);
        // As many as a channel processes concurrently: each waits up to 30 s for memory that others hold.
        for (int i = 0; i < 4; i++) {
            sftp.send(HostileSftp.EXTENDED, "check-file-name", FILE, "md5", 1L, 0L, 4096);
        }
        for (int i = 0; i < 4; i++) {
            sftp.send(HostileSftp.OPEN, "long", HostileSftp.FOR_WRITING, 0, new byte[220_000]);
        }
        sftp.flush();
    }

    /** Deep paths, and requests that create one. */
    private void nameDirectories(ClientSession session) throws IOException {
        HostileSftp sftp = answered(session);
        String deep = "/d".repeat(400);
        for (int i = 0; i < 60; i++) {
            sftp.send(HostileSftp.STAT, DIRECTORY + "/" + i + "/" + "p".repeat(200) + deep)
                    .send(HostileSftp.REALPATH, (deep + "/..").repeat(10) + "/" + i)
                    .send(HostileSftp.MKDIR, "made-" + session.hashCode() + "-" + i, 0);
        }
        sftp.flush();
    }

    /** Endless lines, and output that is never read. */
    private static void fillShells(ClientSession session) throws IOException {
        for (int i = 0; i < 9; i++) {
            ChannelShell shell = session.createShellChannel();
            shell.setUsePty(i % 3 != 0);
            shell.setPtyType("xterm");
            shell.open().verify(Patience.LIMIT);
            String typed = switch (i % 3) {
                case 0 -> "x".repeat(4 << 20);
                case 1 -> "\u001b[200~" + "paste\r".repeat(500_000);
                default -> "help\r".repeat(200);
            };
            Thread.startVirtualThread(() -> type(shell, typed));
        }
    }

    /** Not awaited: a shell that waits for its reader accepts no more. */
    private static void type(ChannelShell shell, String typed) {
        try (OutputStream in = shell.getInvertedIn()) {
            in.write(typed.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // The shell has ended because of a limit.
        }
    }

    /** Requests a file repeatedly, and stops reading. */
    private static void readNothingFromTheNetwork(ClientSession session) throws IOException {
        HostileSftp sftp = HostileSftp.open(session);
        sftp.send(HostileSftp.OPEN, FILE, HostileSftp.FOR_READING, 0).flush();
        ((AbstractSession) session).getIoSession().suspendRead();
        for (int round = 0; round < 40; round++) {
            for (int i = 0; i < 16; i++) {
                sftp.send(HostileSftp.READ, HostileSftp.handle(1), (long) i * LARGE_READ, LARGE_READ);
            }
        }
        sftp.flush();
    }

    @Override
    public void close() throws IOException {
        for (Closeable each : open.reversed()) {
            each.close();
        }
        for (SshClient client : List.of(reading, deaf, oneByte)) {
            client.stop();
        }
        executor.shutdownNow();
    }
}
