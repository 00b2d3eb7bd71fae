package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and commands on OpenSSH's own server. */
@Timeout(Patience.TEST_SECONDS)
class RemoteConnectionTest {
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final int BOUND = 64 * 1024;

    private static SshdServer server;
    private static RemoteClient client;
    private static RemoteConnection connection;

    @TempDir
    private Path folder;

    @BeforeAll
    static void connect() throws Exception {
        server = SshdServer.start();
        client = new RemoteClient();
        connection = client.connect(TestRemotes.of(server));
    }

    @AfterAll
    static void close() {
        connection.close();
        client.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain",
                "with space",
                "it's \"quoted\"",
                "$(touch owned) `id` $HOME",
                "two\nlines\n",
                "-rf",
                "🎬 Überlänge",
                "back\\slash*?[a]",
                "%s %d"
            })
    void namesAreUsedUnchanged(String name) throws Exception {
        Path file = folder.resolve(name);
        write(file.toString(), "contents");

        assertThat(file).hasContent("contents");
        assertThat(connection.stat(file.toString()))
                .get()
                .extracting(RemoteFile::size)
                .isEqualTo(8L);
        assertThat(connection.list(folder.toString()))
                .extracting(RemoteFile::name)
                .containsExactly(name);
        assertThat(run("cat -- " + ShellWords.quote(file.toString())).output()).isEqualTo("contents");

        connection.rename(file.toString(), file + ".new");
        assertThat(folder.resolve(name + ".new")).hasContent("contents");
        assertThat(connection.remove(file + ".new")).isTrue();
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void foldersAreMadeOnRequestOnly() throws Exception {
        String deep = folder.resolve("a/b c/d").toString();

        assertFails(RemoteFailure.NOT_FOUND, () -> write(deep + "/file", "x"));
        connection.makeFolders(deep);
        connection.makeFolders(deep);
        write(deep + "/file", "x");

        assertThat(Path.of(deep, "file")).hasContent("x");
        assertFails(RemoteFailure.ALREADY_EXISTS, () -> connection.makeFolders(deep + "/file/below"));
    }

    @Test
    void aRenameReplacesOnlyWhatItIsToReplace() throws Exception {
        String from = folder.resolve("from").toString();
        String to = folder.resolve("to").toString();
        write(from, "new");
        write(to, "old");

        assertFails(RemoteFailure.ALREADY_EXISTS, () -> connection.rename(from, to));
        assertThat(Path.of(to)).hasContent("old");
        connection.replace(from, to, to + ".old");

        assertThat(Path.of(to)).hasContent("new");
        assertFails(RemoteFailure.NOT_FOUND, () -> connection.replace(from, to, to + ".old"));
        assertFails(RemoteFailure.NOT_FOUND, () -> connection.rename(from, to + "2"));
        assertThat(Path.of(to)).hasContent("new");
    }

    @Test
    void timesAreSet() throws Exception {
        String file = folder.resolve("file").toString();
        write(file, "x");
        Instant time = Instant.parse("2001-02-03T04:05:06Z");

        connection.setModified(file, time);
        assertThat(Files.getLastModifiedTime(Path.of(file)).toInstant()).isEqualTo(time);
        assertThat(connection.stat(file)).get().extracting(RemoteFile::modified).isEqualTo(time);

        connection.touch(file);
        assertThat(Files.getLastModifiedTime(Path.of(file)).toInstant())
                .isBetween(Instant.now().minusSeconds(60), Instant.now().plusSeconds(1));
        assertThat(connection.fsync(file)).isTrue();
    }

    @Test
    void bytesArriveWhereTheyBelong() throws Exception {
        byte[] bytes = new byte[9 * 1024 * 1024 + 3];
        new Random(1).nextBytes(bytes);
        String file = folder.resolve("file").toString();
        int half = 5 * 1024 * 1024 + 1;

        try (RemoteFileWriter first = connection.openForWriting(file, true);
                RemoteFileWriter second = connection.openForWriting(file, false)) {
            second.write(half, ByteBuffer.wrap(bytes, half, bytes.length - half));
            first.write(0, ByteBuffer.allocateDirect(half).put(0, bytes, 0, half));
            first.flush();
            assertThat(second.sync()).isTrue();
        }

        assertThat(Files.readAllBytes(Path.of(file))).isEqualTo(bytes);
        try (RemoteFileReader reader = connection.openForReading(file)) {
            ByteBuffer back = ByteBuffer.allocate(bytes.length + 100_000);
            assertThat(reader.read(1, back)).isEqualTo(bytes.length - 1);
            assertThat(back.flip()).isEqualTo(ByteBuffer.wrap(bytes, 1, bytes.length - 1));
            assertThat(reader.read(bytes.length, ByteBuffer.allocate(10))).isZero();
        }
    }

    @Test
    void aCommandHasItsInputItsStatusAndItsOutput() throws Exception {
        byte[] input = "one\ntwo\n".getBytes(StandardCharsets.UTF_8);

        ExecutionResult result = connection.run("cat\nprintf 'wr%sng' o >&2\nexit 7", input, IDLE, BOUND);

        assertThat(result).isEqualTo(new ExecutionResult(7, "one\ntwo\n", "wrong"));
        assertThat(run("head -c 1000000 /dev/zero | tr '\\0' x").output()).hasSize(BOUND);
        assertThat(run("kill -KILL $$").status()).isGreaterThanOrEqualTo(128);
    }

    @Test
    void commandTextAndInputShowInNoProcessList() throws Exception {
        byte[] input = "secret-input".getBytes(StandardCharsets.UTF_8);
        String command =
                "read -r line\n: secret-command\nps -eo args 2>/dev/null || cat /proc/[0-9]*/cmdline | tr '\\0' ' '";

        String processes = connection.run(command, input, IDLE, 1024 * 1024).output();

        assertThat(processes).contains("sshd").doesNotContain("secret-input", "secret-command");
    }

    @Test
    void closingAnExecutionEndsItsCommand() throws Exception {
        Execution execution = connection.start("echo $$; sleep 1000 & sleep 1000", new byte[0], IDLE, BOUND);
        List<ProcessHandle> processes = ProcessHandle.of(awaitNumber(execution))
                .orElseThrow()
                .descendants()
                .toList();
        assertThat(processes).isNotEmpty();

        execution.close();

        for (ProcessHandle process : processes) {
            process.onExit().get(Patience.SECONDS, TimeUnit.SECONDS);
        }
        assertFails(RemoteFailure.FAILED, execution::await);
    }

    @Test
    void aSilentCommandIsEnded() {
        assertFails(
                RemoteFailure.TIMEOUT, () -> connection.run("sleep 1000", new byte[0], Duration.ofMillis(300), BOUND));
    }

    @Test
    void capabilitiesAreFound() throws Exception {
        Capabilities capabilities = connection.probe();

        assertThat(capabilities.extensions()).contains("statvfs@openssh.com", "posix-rename@openssh.com");
        assertThat(capabilities.shell()).isTrue();
        assertThat(capabilities.tools())
                .contains("curl", "sha256sum", "sha512sum", "sha1sum", "md5sum", "dd", "df", "touch");
    }

    @Test
    void freeSpaceIsMeasuredWhereAPathWouldBe() throws Exception {
        RemoteSpace space = connection.space(folder.resolve("not/there/yet").toString());

        assertThat(space.source()).isEqualTo("statvfs@openssh.com");
        assertThat(space.total()).isEqualTo(Files.getFileStore(folder).getTotalSpace());
        assertThat(space.available()).isPositive().isLessThanOrEqualTo(space.total());
    }

    private static long awaitNumber(Execution execution) {
        long end = System.nanoTime() + IDLE.toNanos();
        while (!execution.output().endsWith("\n")) {
            assertThat(System.nanoTime()).as("the command should have begun").isLessThan(end);
            Thread.onSpinWait();
        }
        return Long.parseLong(execution.output().strip());
    }

    private static ExecutionResult run(String command) throws RemoteException {
        return connection.run(command, new byte[0], IDLE, BOUND);
    }

    private static void write(String path, String text) throws RemoteException {
        try (RemoteFileWriter writer = connection.openForWriting(path, true)) {
            writer.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void assertFails(RemoteFailure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure))
                .hasMessageStartingWith("test: ");
    }
}
