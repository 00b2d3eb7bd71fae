package dev.slipway.transfer.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import dev.slipway.testing.SmallFileSystem;
import dev.slipway.testing.SshdServer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Restricted servers, and file systems that are full or read-only. */
@Timeout(Patience.TEST_SECONDS)
class RemoteKindsTest {
    private static final Duration IDLE = Duration.ofSeconds(20);

    private final RemoteClient client = new RemoteClient(RemoteTimeouts.DEFAULT, null);

    @AfterEach
    void close() {
        client.close();
    }

    @Test
    void aServerWithoutAShellTakesFiles(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.options().internalSftpOnly().start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            write(connection, folder.resolve("file"), "contents");

            Capabilities capabilities = connection.probe();
            assertThat(capabilities.shell()).isFalse();
            assertThat(capabilities.tools()).isEmpty();
            assertThat(capabilities.extensions()).contains("statvfs@openssh.com");
            assertThat(connection.space(folder.toString()).available()).isPositive();
            assertThat(folder.resolve("file")).hasContent("contents");
        }
    }

    @Test
    void unmeasurableSpaceIsNotMistakenForEnough(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.options()
                        .internalSftpOnly()
                        .withoutRequests("statvfs")
                        .start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            assertThatThrownBy(() -> connection.space(folder.toString()))
                    .isInstanceOfSatisfying(
                            RemoteException.class, e -> assertThat(e.failure()).isEqualTo(RemoteFailure.UNSUPPORTED))
                    .hasMessageContaining("cannot be measured");
        }
    }

    @Test
    void missingToolsAreDetected() throws Exception {
        try (SshdServer server =
                        SshdServer.options().without("curl", "sha256sum").start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            Capabilities capabilities = connection.probe();

            assertThat(capabilities.shell()).isTrue();
            assertThat(capabilities.tools()).contains("md5sum", "dd").doesNotContain("curl", "sha256sum");
        }
    }

    @Test
    void toolsAreFoundDespiteOutputOfTheShell() throws Exception {
        try (SshdServer server = SshdServer.options()
                        .config("ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in internal-sftp*) exec"
                                + " /usr/lib/openssh/sftp-server;; *) printf 'Welcome! '; echo oops >&2; eval"
                                + " \"$SSH_ORIGINAL_COMMAND\";; esac")
                        .start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            Capabilities capabilities = connection.probe();

            assertThat(capabilities.shell()).isTrue();
            assertThat(capabilities.tools()).contains("md5sum", "dd");
        }
    }

    @Test
    void aProgramInsteadOfAShellIsNotAShell() throws Exception {
        try (SshdServer server = SshdServer.options()
                        .config("ForceCommand case \"$SSH_ORIGINAL_COMMAND\" in internal-sftp*) exec"
                                + " /usr/lib/openssh/sftp-server;; *) cat; esac")
                        .start();
                // It waits for the end of its input as long as possible.
                RemoteClient impatient = new RemoteClient(
                        new RemoteTimeouts(
                                Duration.ofSeconds(20), Duration.ofSeconds(2), Duration.ofSeconds(10), Duration.ZERO),
                        null);
                RemoteConnection connection = impatient.connect(TestRemotes.of(server))) {
            assertThat(connection.probe().shell()).isFalse();
            assertThat(connection.isOpen()).isTrue();
        }
    }

    @Test
    void statvfsAndDfAgree() throws Exception {
        try (SmallFileSystem small = SmallFileSystem.of("with space 1 2 3 4% of it", 4 << 20);
                SshdServer announces = SshdServer.start();
                SshdServer doesNot =
                        SshdServer.options().withoutRequests("statvfs").start();
                RemoteConnection byStatvfs = client.connect(TestRemotes.of(announces));
                RemoteConnection byDf = client.connect(TestRemotes.of(doesNot))) {
            Files.write(small.folder().resolve("file"), new byte[1 << 20]);
            String path = small.folder().resolve("not there/yet").toString();

            String measured = small.folder().toString();
            assertThat(byStatvfs.space(path))
                    .isEqualTo(new RemoteSpace(4 << 20, 3 << 20, measured, "statvfs@openssh.com"));
            assertThat(byDf.space(path)).isEqualTo(new RemoteSpace(4 << 20, 3 << 20, measured, "df"));
        }
    }

    @Test
    void aFullFileSystemIsDistinguishedFromOtherFailures() throws Exception {
        try (SmallFileSystem small = SmallFileSystem.of("small", 1 << 20);
                SshdServer server = SshdServer.start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            Path file = small.folder().resolve("file");

            RemoteFileWriter writer = connection.openForWriting(file.toString(), true);
            assertFails(RemoteFailure.NO_SPACE, () -> {
                try (writer) {
                    writer.write(0, ByteBuffer.allocate(3 << 20));
                }
            });

            assertThat(connection.remove(file.toString())).isTrue();
            write(connection, file, "there is room again");
            assertFails(
                    RemoteFailure.FAILED,
                    () -> connection.removeFolder(small.folder().toString()));
        }
    }

    @Test
    void aReadOnlyFileSystemIsAPermissionFailure() throws Exception {
        try (SmallFileSystem small = SmallFileSystem.of("small", 1 << 20);
                SshdServer server = SshdServer.start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            Path file = Files.writeString(small.folder().resolve("file"), "x");
            small.makeReadOnly();

            assertFails(RemoteFailure.PERMISSION_DENIED, () -> write(connection, file, "y"));
            assertFails(
                    RemoteFailure.PERMISSION_DENIED,
                    () -> connection.makeFolders(small.folder().resolve("a/b").toString()));
            assertFails(RemoteFailure.PERMISSION_DENIED, () -> connection.rename(file.toString(), file + "2"));
            assertFails(RemoteFailure.PERMISSION_DENIED, () -> connection.setModified(file.toString(), Instant.EPOCH));
            assertFails(RemoteFailure.PERMISSION_DENIED, () -> connection.remove(file.toString()));
            assertThat(connection.remove(file + "2")).isFalse();
            assertThat(connection.stat(file.toString())).isPresent();
        }
    }

    @Test
    void withoutTheExtensionAFileIsStillReplaced(@TempDir Path folder) throws Exception {
        try (SshdServer server =
                        SshdServer.options().withoutRequests("posix-rename").start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            String from = Files.writeString(folder.resolve("from"), "new").toString();
            String to = Files.writeString(folder.resolve("to"), "old").toString();
            String aside = folder.resolve("aside").toString();

            assertFails(RemoteFailure.ALREADY_EXISTS, () -> connection.rename(from, to));
            assertThat(connection.replace(from, to, aside)).isTrue();
            assertFails(RemoteFailure.NOT_FOUND, () -> connection.replace(from, to, aside));
            assertThat(Path.of(to)).hasContent("new");
            assertThat(connection.list(folder.toString())).hasSize(1);

            // A leftover of an interrupted rename, after which another followed.
            Files.writeString(Path.of(from), "newer");
            Files.writeString(Path.of(aside), "oldest");
            assertThat(connection.replace(from, to, aside)).isTrue();
            assertThat(Path.of(to)).hasContent("newer");
            assertThat(connection.list(folder.toString())).hasSize(1);
        }
    }

    @Test
    void aFileThatCannotBeReplacedStays(@TempDir Path folder) throws Exception {
        try (SmallFileSystem elsewhere = SmallFileSystem.of("elsewhere", 1 << 20);
                SshdServer server =
                        SshdServer.options().withoutRequests("posix-rename").start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            // A rename cannot move a file to another file system.
            String from =
                    Files.writeString(elsewhere.folder().resolve("from"), "new").toString();
            Path to = Files.writeString(folder.resolve("to"), "old");

            assertFails(
                    RemoteFailure.FAILED,
                    () -> connection.replace(
                            from, to.toString(), folder.resolve("aside").toString()));

            assertThat(to).hasContent("old");
            assertThat(connection.list(folder.toString())).hasSize(1);
        }
    }

    @Test
    void filesMovedAsideArePutBack(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            Path aside = Files.writeString(folder.resolve("aside"), "old");
            Path to = folder.resolve("to");
            connection.putBack(aside.toString(), to.toString());
            assertThat(to).hasContent("old");

            Files.writeString(aside, "older");
            connection.putBack(aside.toString(), to.toString());
            connection.putBack(aside.toString(), to.toString());
            assertThat(to).hasContent("old");
            assertThat(connection.list(folder.toString())).hasSize(1);
        }
    }

    @Test
    void moreChannelsThanTheServerAllowsUseAFurtherConnection(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.options().config("MaxSessions 2").start();
                RemoteConnection connection = client.connect(TestRemotes.of(server))) {
            String file = folder.resolve("file").toString();
            try (RemoteFileWriter first = connection.openForWriting(file, true);
                    RemoteFileWriter second = connection.openForWriting(file, false)) {
                assertThat(connection.run("echo", new byte[0], IDLE, 10).succeeded())
                        .isTrue();
                first.write(0, ByteBuffer.allocate(1));
                second.write(1, ByteBuffer.allocate(1));
            }
            assertThat(connection.stat(file).orElseThrow().size()).isEqualTo(2);
        }
    }

    @Test
    void severalOperationsRunAtOnceOnOneConnection(@TempDir Path folder) throws Exception {
        try (SshdServer server = SshdServer.start();
                RemoteConnection connection = client.connect(TestRemotes.of(server));
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> results = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                String number = Integer.toString(i);
                results.add(threads.submit(() -> {
                    write(connection, folder.resolve(number), number);
                    assertThat(connection
                                    .run("cat " + ShellWords.quote(folder + "/" + number), new byte[0], IDLE, 100)
                                    .output())
                            .isEqualTo(number);
                    return null;
                }));
            }
            for (Future<?> result : results) {
                result.get();
            }
            assertThat(connection.list(folder.toString())).hasSize(8);
        }
    }

    private static void write(RemoteConnection connection, Path path, String text) throws RemoteException {
        try (RemoteFileWriter writer = connection.openForWriting(path.toString(), true)) {
            writer.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    private static void assertFails(RemoteFailure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        RemoteException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }
}
