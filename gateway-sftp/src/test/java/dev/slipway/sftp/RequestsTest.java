package dev.slipway.sftp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.vfs.Space;
import dev.slipway.sftp.subsystem.PacketType;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The answers to the requests of SFTP version 3. */
@S3Store
class RequestsTest {
    private static final int OLD_CLIENTS_PACKET = 34_000;

    private final SftpGateway gateway;
    private RawSftp sftp;

    RequestsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        gateway = SftpGateway.builder(bucket, folder)
                .settings(SftpGateway.settings().set("maxOpenHandles", 5))
                .start();
    }

    @BeforeEach
    void connect() throws IOException {
        sftp = RawSftp.connect(gateway.port());
    }

    @AfterEach
    void close() throws IOException {
        sftp.close();
        gateway.close();
    }

    @Test
    void anOutageLooksLikeAFailureAndNotLikeAnEmptyStore() throws Exception {
        gateway.put("/file", Bytes.random(1, 9 << 20));
        byte[] handle = sftp.open("/file", RawSftp.READ);
        gateway.network().refuse();

        List<RawSftp.Answer> answers = new ArrayList<>();
        answers.add(sftp.ask(PacketType.STAT, "/file"));
        answers.add(sftp.ask(PacketType.LSTAT, "/missing"));
        answers.add(sftp.ask(PacketType.OPEN, "/file", RawSftp.READ, 0));
        // The neighbours of /file are cached for a moment by its upload.
        answers.add(sftp.ask(PacketType.OPEN, "/a-new-one", RawSftp.UPLOAD, 0));
        answers.add(sftp.ask(PacketType.OPEN, "/a-new-one", RawSftp.WRITE | RawSftp.CREATE, 0));
        answers.add(sftp.ask(PacketType.OPENDIR, "/"));
        // The first bytes were fetched with the open.
        answers.add(sftp.ask(PacketType.READ, handle, 8L << 20, 1000));
        answers.add(sftp.ask(PacketType.REMOVE, "/file"));
        answers.add(sftp.ask(PacketType.MKDIR, "/directory", 0));
        answers.add(sftp.ask(PacketType.RMDIR, "/directory"));
        answers.add(sftp.ask(PacketType.RENAME, "/file", "/other"));
        answers.add(sftp.ask(PacketType.SETSTAT, "/file", 0x8, 1, 1));

        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.status()).isEqualTo(4);
            assertThat(answer.message()).isNotBlank();
        });
        gateway.network().pass();
        assertThat(sftp.ask(PacketType.STAT, "/file").type()).isEqualTo(PacketType.ATTRS);
    }

    @Test
    void aNameThatIsNotUtf8IsRefused() throws Exception {
        byte[] latin1 = "/caf\u00e9".getBytes(StandardCharsets.ISO_8859_1);

        for (int type : new int[] {PacketType.STAT, PacketType.OPENDIR, PacketType.REMOVE, PacketType.RMDIR}) {
            RawSftp.Answer answer = sftp.ask(type, (Object) latin1);
            assertThat(answer.status()).isEqualTo(4);
            assertThat(answer.message()).contains("not valid UTF-8");
        }
        assertThat(sftp.ask(PacketType.OPEN, latin1, RawSftp.UPLOAD, 0).message())
                .contains("not valid UTF-8");
        assertThat(sftp.ask(PacketType.MKDIR, latin1, 0).message()).contains("not valid UTF-8");
        assertThat(names("/")).containsExactly(".", "..");
    }

    @Test
    void nonAsciiNamesAreKept() throws Exception {
        String name = "caf\u00e9 \ud83d\ude80 \u65e5\u672c";
        byte[] handle = sftp.open("/" + name, RawSftp.UPLOAD);
        sftp.ask(PacketType.CLOSE, handle);
        assertThat(names("/")).containsExactlyInAnyOrder(".", "..", name);
    }

    private Set<String> names(String directory) throws IOException {
        byte[] handle = sftp.ask(PacketType.OPENDIR, directory).handle();
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 1000; i++) {
            RawSftp.Answer answer = sftp.ask(PacketType.READDIR, (Object) handle);
            if (answer.type() == PacketType.STATUS) {
                assertThat(answer.status()).isOne();
                break;
            }
            assertThat(answer.fields().capacity()).isLessThan(OLD_CLIENTS_PACKET);
            int count = answer.uint32();
            assertThat(count).isPositive();
            for (int j = 0; j < count; j++) {
                names.add(answer.string());
                assertThat(answer.string()).endsWith(names.getLast());
                answer.fields().position(answer.fields().position() + 4 + 8 + 8 + 4 + 8);
            }
        }
        assertThat(sftp.ask(PacketType.CLOSE, (Object) handle).status()).isZero();
        assertThat(names).doesNotHaveDuplicates();
        return new TreeSet<>(names);
    }

    @Test
    void aLargeDirectoryIsListedCompletelyInPieces() throws Exception {
        Set<String> expected = new TreeSet<>(Set.of(".", ".."));
        List<Thread> writers = new ArrayList<>();
        for (int writer = 0; writer < 8; writer++) {
            int first = writer;
            for (int i = first; i < 400; i += 8) {
                expected.add("a-file-with-a-rather-long-name-so-that-few-fit-" + i);
            }
            writers.add(Thread.startVirtualThread(() -> {
                for (int i = first; i < 400; i += 8) {
                    try {
                        gateway.put("/a-file-with-a-rather-long-name-so-that-few-fit-" + i, new byte[0]);
                    } catch (IOException e) {
                        throw new IllegalStateException(e);
                    }
                }
            }));
        }
        for (Thread writer : writers) {
            writer.join();
        }
        assertThat(names("/")).isEqualTo(expected);
    }

    @Test
    void handlesAreLimitedOverAllChannelsOfASession() throws Exception {
        gateway.put("/file", new byte[0]);
        byte[] first = sftp.open("/file", RawSftp.READ);
        sftp.open("/file", RawSftp.READ);
        sftp.open("/new", RawSftp.UPLOAD);
        try (RawSftp other = sftp.another()) {
            other.open("/file", RawSftp.READ);
            other.ask(PacketType.OPENDIR, "/").handle();

            RawSftp.Answer refused = other.ask(PacketType.OPEN, "/file", RawSftp.READ, 0);
            assertThat(refused.status()).isEqualTo(4);
            assertThat(refused.message()).contains("Too many open files");
            assertThat(sftp.ask(PacketType.OPENDIR, "/").status()).isEqualTo(4);
            assertThat(sftp.ask(PacketType.OPEN, "/missing", RawSftp.READ, 0).status())
                    .isEqualTo(4);

            sftp.ask(PacketType.CLOSE, (Object) first);
            sftp.ask(PacketType.OPEN, "/missing", RawSftp.READ, 0);
            other.open("/file", RawSftp.READ);
        }
        // Those of a channel that has ended soon become free.
        Patience.await("the other channel's handles to be closed", () -> {
            try {
                return sftp.ask(PacketType.OPEN, "/file", RawSftp.READ, 0).type() == PacketType.HANDLE;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
    }

    @Test
    void readsReturnAllRequestedBytesAndThenTheEnd() throws Exception {
        byte[] content = Bytes.random(1, 700_000);
        gateway.put("/file", content);
        byte[] handle = sftp.open("/file", RawSftp.READ);

        assertThat(sftp.ask(PacketType.READ, handle, 0L, 261_120).bytes()).isEqualTo(Arrays.copyOf(content, 261_120));
        assertThat(sftp.ask(PacketType.READ, handle, 699_000L, 261_120).bytes())
                .isEqualTo(Arrays.copyOfRange(content, 699_000, 700_000));
        assertThat(sftp.ask(PacketType.READ, handle, 5L, 10).bytes()).isEqualTo(Arrays.copyOfRange(content, 5, 15));
        // Requesting more than is served at once is no error.
        assertThat(sftp.ask(PacketType.READ, handle, 0L, 0x7fff_ffff).bytes()).hasSize(261_120);
        assertThat(sftp.ask(PacketType.READ, handle, 700_000L, 10).status()).isOne();
        assertThat(sftp.ask(PacketType.READ, handle, Long.MAX_VALUE, 10).status())
                .isOne();
        assertThat(sftp.ask(PacketType.READ, handle, -1L, 10).status()).isEqualTo(4);
        assertThat(sftp.ask(PacketType.WRITE, handle, 0L, new byte[1]).status()).isEqualTo(3);
        assertThat(sftp.ask(PacketType.FSTAT, (Object) handle).fields().getLong(4))
                .isEqualTo(700_000);
    }

    @Test
    void aWriteMayHaveTrailingBytes() throws Exception {
        byte[] handle = sftp.open("/file", RawSftp.UPLOAD);
        // Like the last write of Go's client: the length says 3, the packet has 5 bytes.
        sftp.send(PacketType.WRITE, handle, 0L, 3, ByteBuffer.wrap("abcxy".getBytes(StandardCharsets.UTF_8)));
        assertThat(sftp.receive().status()).isZero();
        assertThat(sftp.ask(PacketType.CLOSE, (Object) handle).status()).isZero();
        assertThat(gateway.get("/file")).isEqualTo("abc".getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void renameKeepsItsTargetAndPosixRenameReplacesIt() throws Exception {
        gateway.put("/a", new byte[] {1});
        gateway.put("/b", new byte[] {2});

        assertThat(sftp.ask(PacketType.RENAME, "/a", "/b").status()).isEqualTo(4);
        assertThat(gateway.get("/b")).containsExactly(2);
        assertThat(sftp.ask(PacketType.EXTENDED, "posix-rename@openssh.com", "/a", "/b")
                        .status())
                .isZero();
        assertThat(gateway.get("/b")).containsExactly(1);
        assertThat(gateway.exists("/a")).isFalse();
    }

    @Test
    void announcedExtensionsAreSupported() throws Exception {
        assertThat(sftp.extensions())
                .isEqualTo(Map.ofEntries(
                        Map.entry("posix-rename@openssh.com", "1"),
                        Map.entry("statvfs@openssh.com", "2"),
                        Map.entry("fstatvfs@openssh.com", "2"),
                        Map.entry("fsync@openssh.com", "1"),
                        Map.entry("lsetstat@openssh.com", "1"),
                        Map.entry("limits@openssh.com", "1"),
                        Map.entry("copy-data", "1"),
                        Map.entry("copy-file", "1"),
                        Map.entry("space-available", "1"),
                        Map.entry("check-file", "1"),
                        Map.entry("check-file-name", "1"),
                        Map.entry("check-file-handle", "1"),
                        Map.entry("md5-hash", "1"),
                        Map.entry("md5-hash-handle", "1")));
        for (String extension : sftp.extensions().keySet()) {
            RawSftp.Answer answer = sftp.ask(PacketType.EXTENDED, extension);
            assertThat(answer.type() == PacketType.STATUS && answer.status() == 8)
                    .as(extension)
                    .isFalse();
        }
        for (String extension : List.of("made-up@example.org", "hardlink@openssh.com")) {
            assertThat(sftp.ask(PacketType.EXTENDED, extension).status()).isEqualTo(8);
        }
    }

    @Test
    void syncsAndSetsAttributesByExtensions() throws Exception {
        gateway.put("/a", new byte[] {1});
        byte[] handle = sftp.open("/new", RawSftp.UPLOAD);

        assertThat(sftp.ask(PacketType.EXTENDED, "fsync@openssh.com", handle).status())
                .isZero();
        assertThat(sftp.ask(PacketType.EXTENDED, "lsetstat@openssh.com", "/a", 0x8, 7, 7)
                        .status())
                .isZero();
        assertThat(gateway.stat("/a").modified().getEpochSecond()).isEqualTo(7);
    }

    @Test
    void limitsApplyToTransfers() throws Exception {
        byte[] handle = sftp.open("/new", RawSftp.UPLOAD);
        RawSftp.Answer limits = sftp.ask(PacketType.EXTENDED, "limits@openssh.com");
        assertThat(limits.type()).isEqualTo(PacketType.EXTENDED_REPLY);
        assertThat(limits.fields().getLong(8)).isEqualTo(261_120);
        assertThat(limits.fields().getLong(16)).isEqualTo(261_120);
        assertThat(limits.fields().getLong(24)).isEqualTo(5);
        assertThat(sftp.ask(PacketType.WRITE, handle, 0L, new byte[261_120]).status())
                .isZero();
    }

    @Test
    void freeSpaceIsReportedInBlocks() throws Exception {
        gateway.put("/a", new byte[] {1});
        Space space = gateway.files().space(VirtualPath.ROOT);
        byte[] upload = sftp.open("/new", RawSftp.UPLOAD);
        byte[] download = sftp.open("/a", RawSftp.READ);
        List<RawSftp.Answer> answers = List.of(
                sftp.ask(PacketType.EXTENDED, "statvfs@openssh.com", "/"),
                sftp.ask(PacketType.EXTENDED, "statvfs@openssh.com", "/a"),
                sftp.ask(PacketType.EXTENDED, "fstatvfs@openssh.com", upload),
                sftp.ask(PacketType.EXTENDED, "fstatvfs@openssh.com", download));

        assertThat(answers).allSatisfy(answer -> {
            assertThat(answer.type()).isEqualTo(PacketType.EXTENDED_REPLY);
            ByteBuffer fields = answer.fields();
            assertThat(fields.capacity()).isEqualTo(11 * Long.BYTES);
            long block = fields.getLong(8);
            assertThat(fields.getLong(16) * block).isEqualTo(space.total());
            assertThat(fields.getLong(24) * block).isEqualTo(space.free());
            assertThat(fields.getLong(32) * block).isEqualTo(space.free());
        });
        ByteBuffer available =
                sftp.ask(PacketType.EXTENDED, "space-available", "/a").fields();
        assertThat(available.capacity()).isEqualTo(4 * Long.BYTES + Integer.BYTES);
        assertThat(available.getLong(0)).isEqualTo(space.total());
        assertThat(available.getLong(24)).isEqualTo(space.free());
        assertThat(sftp.ask(PacketType.EXTENDED, "statvfs@openssh.com", "/missing")
                        .status())
                .isEqualTo(2);
        assertThat(sftp.ask(PacketType.EXTENDED, "fstatvfs@openssh.com", new byte[] {0, 0, 0, 99})
                        .status())
                .isEqualTo(4);
    }

    @Test
    void linksAreNotSupported() throws Exception {
        gateway.put("/a", new byte[] {1});
        assertThat(sftp.ask(PacketType.SYMLINK, "/a", "/b").status()).isEqualTo(8);
        assertThat(sftp.ask(PacketType.READLINK, "/a").status()).isEqualTo(8);
        // LINK is a request of version 6
        assertThat(sftp.ask(21, "/a", "/b", 0).status()).isEqualTo(8);
    }

    @Test
    void unsupportedAttributesAreIgnoredForExistingFiles() throws Exception {
        gateway.put("/a", new byte[] {1});
        int ownerAndMode = 0x2 | 0x4;
        assertThat(sftp.ask(PacketType.SETSTAT, "/a", ownerAndMode, 1, 1, 0600).status())
                .isZero();
        assertThat(sftp.ask(PacketType.SETSTAT, "/missing", ownerAndMode, 1, 1, 0600)
                        .status())
                .isEqualTo(2);
    }

    @Test
    void pathsAreMadeAbsoluteInsideTheRoot() throws Exception {
        for (String path : List.of(".", "", "/", "..", "/../..", "./a/..")) {
            RawSftp.Answer answer = sftp.ask(PacketType.REALPATH, path);
            assertThat(answer.uint32()).isOne();
            assertThat(answer.string()).isEqualTo("/");
        }
        RawSftp.Answer answer = sftp.ask(PacketType.REALPATH, "a/../../b//c/");
        answer.uint32();
        assertThat(answer.string()).isEqualTo("/b/c");
    }

    @Test
    void aTruncatedRequestIsABadMessageAndTheChannelContinues() throws Exception {
        assertThat(sftp.ask(PacketType.OPEN, "/a").status()).isEqualTo(5);
        assertThat(sftp.ask(PacketType.STAT).status()).isEqualTo(5);
        assertThat(sftp.ask(PacketType.STAT, 1000).status()).isEqualTo(5);
        assertThat(sftp.ask(PacketType.STAT, -1).status()).isEqualTo(5);
        assertThat(sftp.ask(PacketType.WRITE, 4).status()).isEqualTo(5);
        assertThat(sftp.ask(PacketType.CLOSE, (Object) new byte[] {0, 0, 0, 99}).status())
                .isEqualTo(4);
        assertThat(sftp.ask(PacketType.CLOSE, (Object) new byte[300]).status()).isEqualTo(4);
        assertThat(sftp.ask(PacketType.STAT, "/").type()).isEqualTo(PacketType.ATTRS);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 4, 256 * 1024 + 1, Integer.MAX_VALUE, -1})
    void aPacketWithAnInvalidLengthEndsTheChannel(int length) throws Exception {
        sftp.sendBytes(new byte[] {
            (byte) (length >>> 24), (byte) (length >>> 16), (byte) (length >>> 8), (byte) length, 17, 0, 0, 0, 1
        });
        assertThatThrownBy(sftp::receive).isInstanceOf(IOException.class);
    }
}
