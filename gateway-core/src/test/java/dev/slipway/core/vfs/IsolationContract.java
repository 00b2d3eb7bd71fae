package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectReader;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Isolation: no path gives a client access to another account's files. */
abstract class IsolationContract {
    private static final Duration WAIT = Duration.ofSeconds(10);
    private static final String SECRET = "CONFIDENTIAL";

    /** Texts that anna must not see. */
    private static final List<String> OTHERS = List.of(
            "secret",
            "anna-secret",
            "home/secret",
            "home/ben/secret",
            "home/ben/only-ben-has-this",
            "home/annabel/secret",
            "home/anna-old/secret",
            "shared-not/secret");

    private final String bucket;
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem anna;

    IsolationContract(TestBucket bucket, @TempDir Path folder) {
        this.bucket = bucket.name();
        store = new TestStore(bucket, folder);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(WAIT)
                .build();
        anna = open(mount("/", "home/anna/", false), mount("/shared", "shared/", true));
    }

    @BeforeEach
    void fillTheBucket() throws StoreException {
        for (String key : OTHERS) {
            write(key, SECRET, ObjectAttributes.NONE);
        }
        write("home/anna/own", "own", ObjectAttributes.NONE);
        write("home/anna/d/own", "own", ObjectAttributes.NONE);
        write("shared/doc", "shared", ObjectAttributes.NONE);
    }

    @AfterEach
    void close() {
        fileSystems.close();
        store.close();
    }

    private VirtualFileSystem open(Mount... mounts) {
        return fileSystems.open(new Account("somebody", List.of(mounts), EnumSet.allOf(Permission.class)));
    }

    private Mount mount(String path, String prefix, boolean readOnly) {
        try {
            return new Mount(path(path), bucket, prefix, readOnly);
        } catch (VfsException e) {
            throw new AssertionError(e);
        }
    }

    private void write(String key, String text, ObjectAttributes attributes) throws StoreException {
        try (ObjectWriter writer = store.store().write(new ObjectKey(bucket, key), attributes, WAIT)) {
            writer.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            writer.complete(WriteCondition.ALWAYS);
        }
    }

    private Map<String, String> contents() throws StoreException {
        Map<String, String> contents = new TreeMap<>();
        for (ObjectInfo object :
                store.store().list(bucket, "", false, null, 1000).objects()) {
            try (ObjectReader reader = store.store().read(object, 0)) {
                contents.put(object.key().key(), new String(Bytes.readAll(reader), StandardCharsets.UTF_8));
            }
        }
        return contents;
    }

    private static String read(VirtualFileSystem files, String path) throws VfsException {
        try (FileDownload download = files.open(path(path))) {
            ByteBuffer target = ByteBuffer.allocate(1000);
            while (download.read(target.position(), target) >= 0) {}
            return StandardCharsets.UTF_8.decode(target.flip()).toString();
        }
    }

    private static Set<String> names(VirtualFileSystem files, String path) throws VfsException {
        Set<String> names = new TreeSet<>();
        files.list(path(path)).next(1000).forEach(entry -> names.add(entry.name()));
        return names;
    }

    /** An attempt that may fail or succeed, as long as it does no harm. */
    private interface Attempt {
        void make() throws VfsException;
    }

    private static void attempt(Attempt attempt) {
        try {
            attempt.make();
        } catch (VfsException e) {
            assertThat(e.failure())
                    .as(e.getMessage())
                    .isNotIn(Failure.INTERNAL, Failure.UNAVAILABLE, Failure.INTEGRITY, Failure.BUSY);
        }
    }

    /** Makes every kind of request with a path. Other accounts' objects must neither change nor be visible. */
    private void assertDoesNotLeadOut(VirtualFileSystem files, String hostile) throws StoreException {
        Map<String, String> before = contents();
        attempt(() -> assertThat(read(files, hostile)).isNotEqualTo(SECRET));
        attempt(() -> assertThat(names(files, hostile)).doesNotContain("secret", "only-ben-has-this", "ben"));
        attempt(() -> assertThat(files.stat(path(hostile)).size()).isNotEqualTo(SECRET.length()));
        attempt(() -> files.space(path(hostile)));
        attempt(() -> files.setModified(path(hostile), Instant.EPOCH));
        attempt(() -> {
            files.rename(path(hostile), path("/taken"), RenameMode.REPLACE_TARGET);
            files.rename(path("/taken"), path(hostile), RenameMode.REPLACE_TARGET);
        });
        attempt(() -> {
            files.rename(path("/own"), path(hostile), RenameMode.REPLACE_TARGET);
            files.rename(path(hostile), path("/own"), RenameMode.REPLACE_TARGET);
        });
        attempt(() -> {
            try (FileUpload upload = files.create(path(hostile), CreateMode.REPLACE)) {
                upload.write(0, ByteBuffer.wrap(new byte[] {1}));
                upload.commit();
            }
        });
        attempt(() -> files.delete(path(hostile)));
        attempt(() -> files.mkdir(path(hostile)));
        attempt(() -> files.rmdir(path(hostile)));

        Map<String, String> after = contents();
        before.keySet().removeIf(key -> key.startsWith("home/anna/"));
        after.keySet().removeIf(key -> key.startsWith("home/anna/"));
        assertThat(after).isEqualTo(before);
    }

    static Stream<String> hostilePaths() {
        return Stream.of(
                // Upwards.
                "/..",
                "/../..",
                "/../ben/secret",
                "../ben/secret",
                "d/../../ben/secret",
                "/d/../../../secret",
                "/./.././ben/secret",
                "/....//ben/secret",
                "/.../ben/secret",
                "/.. /ben/secret",
                // Disguised separators and dots: percent-encoded once and twice, as backslashes, full-width, or
                // truncated by NUL.
                "/%2e%2e/ben/secret",
                "/..%2fben%2fsecret",
                "/%2e%2e%2fben%2fsecret",
                "/%252e%252e%252fben%252fsecret",
                "/..%c0%afben%c0%afsecret",
                "/%c0%ae%c0%ae/ben/secret",
                "/..\\ben\\secret",
                "\\..\\ben\\secret",
                "/\uff0e\uff0e/ben/secret",
                "/\uff0e\uff0e\uff0fben\uff0fsecret",
                "/\u2025/ben/secret",
                "/..\u2215ben\u2215secret",
                "/..\u0000/ben/secret",
                "/own\u0000/../../ben/secret",
                // From the root of the bucket, or of the store.
                "/home/ben/secret",
                "//home/ben/secret",
                "//ben/secret",
                "/secret",
                "s3://bucket/home/ben/secret",
                "/bucket/home/ben/secret",
                "~ben/secret",
                // Names with the same beginning.
                "/../annabel/secret",
                "bel/secret",
                "-old/secret",
                "/shared-not/secret",
                // Boundaries of mounts.
                "/shared/..",
                "/shared/../..",
                "/shared/../../ben/secret",
                "/shared/../../home/ben/secret",
                "/shared/",
                "/shared//.",
                "/shared/doc/../../secret",
                "/shared/doc",
                "/shared/new");
    }

    @ParameterizedTest
    @MethodSource("hostilePaths")
    void pathsCannotLeaveTheHome(String hostile) throws StoreException {
        assertDoesNotLeadOut(anna, hostile);
    }

    /** Overlong encodings of a slash or dot are not decoded: a text that is not UTF-8 is not a path. */
    @Test
    void malformedTextHasNoPath() {
        assertFails(Failure.NAME_INVALID, () -> path("/\ud800/x"));
        assertFails(Failure.NAME_INVALID, () -> path("/\udc2e\udc2e/ben"));
        assertFails(Failure.NAME_INVALID, () -> path("/a\0b"));
    }

    @Test
    void directoriesWithSimilarNamesAreNotChanged() throws Exception {
        anna.mkdir(path("/foo"));
        anna.mkdir(path("/foobar"));
        write("home/anna/foobar/x", "own", ObjectAttributes.NONE);
        anna.rename(path("/foo"), path("/moved"), RenameMode.KEEP_TARGET);
        anna.rmdir(path("/moved"));

        assertThat(names(anna, "/")).containsExactly("d", "foobar", "own", "shared");
        assertThat(read(anna, "/foobar/x")).isEqualTo("own");
    }

    @Test
    void renamesBetweenMountsNeedBothToBeWritable() throws Exception {
        assertFails(
                Failure.PERMISSION_DENIED, () -> anna.rename(path("/own"), path("/shared/x"), RenameMode.KEEP_TARGET));
        assertFails(
                Failure.PERMISSION_DENIED, () -> anna.rename(path("/shared/doc"), path("/x"), RenameMode.KEEP_TARGET));
        assertFails(Failure.PERMISSION_DENIED, () -> anna.rename(path("/shared"), path("/x"), RenameMode.KEEP_TARGET));
        assertFails(Failure.PERMISSION_DENIED, () -> anna.rename(path("/"), path("/x"), RenameMode.KEEP_TARGET));
        assertFails(
                Failure.PERMISSION_DENIED, () -> anna.rename(path("/d"), path("/shared"), RenameMode.REPLACE_TARGET));
        VirtualFileSystem two = open(mount("/a", "home/anna/", false), mount("/b", "shared/", false));
        two.rename(path("/a/d"), path("/b/d"), RenameMode.KEEP_TARGET);

        assertThat(contents().keySet())
                .contains("shared/d/own", "shared/doc", "home/anna/own")
                .doesNotContain("home/anna/d/own")
                .containsAll(OTHERS);
    }

    /** A mount below another account's prefix shows only that part of it, and takes nothing away from it. */
    @Test
    void aMountInsideAnotherAccountsPrefixShowsOnlyThatPart() throws Exception {
        write("home/ben/outbox/file", "1", ObjectAttributes.NONE);
        VirtualFileSystem ben = open(mount("/", "home/ben/", false));
        VirtualFileSystem guest = open(mount("/", "home/ben/outbox/", false));

        assertThat(names(guest, "/")).containsExactly("file");
        assertThat(names(guest, "/..")).containsExactly("file");
        assertThat(names(ben, "/")).containsExactly("only-ben-has-this", "outbox", "secret");
        for (String hostile : List.of("/..", "/../secret", "/../outbox/../secret", "/outbox/file", "../../anna/own")) {
            assertDoesNotLeadOut(guest, hostile);
        }
        assertFails(Failure.PERMISSION_DENIED, () -> guest.rmdir(path("/..")));
        guest.delete(path("/file"));
        assertThat(names(ben, "/")).contains("only-ben-has-this", "secret");
    }

    /** A directory that contains only mounts does not show the bucket's objects under its name. */
    @Test
    void theParentOfAMountShowsOnlyMounts() throws Exception {
        VirtualFileSystem files = open(mount("/home/ann", "home/anna/", false));

        assertThat(names(files, "/")).containsExactly("home");
        assertThat(names(files, "/home")).containsExactly("ann");
        assertThat(names(files, "/home/ann/..")).containsExactly("ann");
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/home/ben")));
        assertFails(Failure.NOT_FOUND, () -> files.open(path("/home/secret")));
        assertFails(Failure.NOT_FOUND, () -> files.stat(path("/secret")));
        for (String hostile : List.of("/", "/home", "/home/ben", "/home/secret", "/home/anna/own", "/secret")) {
            assertDoesNotLeadOut(files, hostile);
        }
    }

    /** Other programs store symbolic links as objects. To Slipway they are ordinary files. */
    @Test
    void storedSymbolicLinksAreFiles() throws Exception {
        write("home/anna/link", "../ben/secret", new ObjectAttributes(Map.of("mode", "41471")));
        write("home/anna/other.rclonelink", "../ben/secret", ObjectAttributes.NONE);

        assertThat(read(anna, "/link")).isEqualTo("../ben/secret");
        assertThat(anna.stat(path("/link")).size()).isEqualTo(13);
        assertThat(anna.stat(path("/link")).directory()).isFalse();
        assertThat(read(anna, "/other.rclonelink")).isEqualTo("../ben/secret");
        assertFails(Failure.NOT_FOUND, () -> anna.stat(path("/other")));
        assertDoesNotLeadOut(anna, "/link/secret");
        assertDoesNotLeadOut(anna, "/link");
        assertThat(contents().keySet()).containsAll(OTHERS);
    }

    @Test
    void activitiesAreInvisibleToOtherAccounts() throws IOException {
        VirtualFileSystem ben = open(mount("/", "home/ben/", false));
        ben.rename(path("/secret"), path("/own"), RenameMode.KEEP_TARGET);
        ben.mkdir(path("/d2"));

        assertThat(names(anna, "/")).containsExactly("d", "own", "shared");
        assertThat(read(anna, "/own")).isEqualTo("own");
    }
}
