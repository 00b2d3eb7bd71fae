package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How many requests many small uploads cause, which dominate their duration. */
@S3Store
class SmallUploadsTest {
    private final SettableClock clock = new SettableClock();
    private final FaultProxy proxy;
    private final S3Bucket bucket;
    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final VirtualFileSystem files;
    private final VirtualPath directory = VirtualPath.ROOT.child("d");

    SmallUploadsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        store = new TestStore(bucket.endpoint().at(proxy.uri()), folder);
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .clock(clock)
                .admissionWait(Duration.ofSeconds(10))
                .build();
        files = fileSystems.open(new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                EnumSet.allOf(Permission.class)));
        files.mkdir(directory);
    }

    @AfterEach
    void close() throws IOException {
        fileSystems.close();
        store.close();
        proxy.close();
    }

    private List<String> methods() {
        return proxy.requests().stream().map(HttpRequest::method).toList();
    }

    @Test
    void eachFurtherFileOfADirectoryTakesOneRequest() throws IOException {
        upload("first");

        proxy.forgetRequests();
        upload("second");
        upload("third");
        assertThat(methods()).containsExactly("PUT", "PUT");

        clock.advance(KnownDirectories.TRUST);
        proxy.forgetRequests();
        upload("tree");
        assertThat(methods())
                .as("others may have removed the directory meanwhile")
                .containsExactly("GET", "GET", "PUT");
    }

    @Test
    void namesThatNoListingCoversAreRequested() throws IOException {
        upload("m");

        proxy.forgetRequests();
        upload("a");
        upload("b");
        upload("\u00fc");
        assertThat(methods())
                .as("before m, and then all of the directory is known, whatever its order")
                .containsExactly("GET", "PUT", "PUT", "PUT");
    }

    @Test
    void filesInRandomOrderTakeOneRequestEach() throws IOException {
        List<String> names =
                IntStream.range(0, 50).mapToObj(i -> "f" + (49 - i)).toList();
        upload(names.getFirst());
        upload(names.get(1));

        proxy.forgetRequests();
        for (String name : names.subList(2, 50)) {
            upload(name);
        }
        assertThat(methods()).hasSize(48).containsOnly("PUT");

        clock.advance(KnownDirectories.TRUST);
        proxy.forgetRequests();
        for (String name : names) {
            upload(name);
        }
        assertThat(methods())
                .as("the directory, all of it, and the files")
                .hasSize(52)
                .startsWith("GET", "GET", "PUT", "PUT");
    }

    /** The directory has more names than are cached. */
    @Test
    void aLargeDirectoryIsNotListedForEachFile() throws IOException {
        for (int i = 0; i < 201; i++) {
            store.store().putMarker(new ObjectKey(bucket.name(), "d/f" + (1000 + i) + "/"));
        }
        clock.advance(KnownDirectories.TRUST);
        upload("z");
        proxy.forgetRequests();
        upload("b");
        assertThat(methods()).as("all of it, once").containsExactly("GET", "PUT");

        proxy.forgetRequests();
        upload("a");
        upload("zz");
        assertThat(methods()).as("one name, and one that is known").containsExactly("GET", "PUT", "PUT");
        assertThat(proxy.requests().getFirst().target()).containsPattern("max-keys=1(&|$)");
        assertThatThrownBy(() -> upload("f1200"))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IS_A_DIRECTORY));
    }

    @Test
    void aDirectoryInAListingOfNeighboursIsDetected() throws IOException {
        files.mkdir(directory.child("c"));
        upload("e");
        upload("d");
        proxy.forgetRequests();
        assertThatThrownBy(() -> upload("c"))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IS_A_DIRECTORY));
        assertThat(methods()).isEmpty();
    }

    /** A single name out of order does not cause listings of the whole directory from then on. */
    @Test
    void withIncreasingNamesOnlyFollowingNamesAreListed() throws IOException {
        upload("m");
        upload("a");
        upload("n");

        clock.advance(KnownDirectories.TRUST);
        proxy.forgetRequests();
        upload("o");
        upload("p");
        assertThat(methods()).containsExactly("GET", "GET", "PUT", "PUT");
        assertThat(proxy.requests())
                .anySatisfy(request -> assertThat(request.target()).contains("max-keys=200"));
    }

    /** Several clients may use increasing names at the same time. */
    @Test
    void mostlyIncreasingNamesCostLittleInALargeDirectory() throws IOException {
        for (int i = 0; i < 201; i++) {
            store.store().putMarker(new ObjectKey(bucket.name(), "d/a" + i + "/"));
        }
        clock.advance(KnownDirectories.TRUST);
        upload("n2");
        upload("n1");

        proxy.forgetRequests();
        upload("n3");
        upload("n0");
        upload("n1");
        upload("n4");
        assertThat(methods()).as("n0, and what comes behind it").containsExactly("PUT", "GET", "PUT", "PUT", "PUT");
    }

    @Test
    void aDirectoryOfTheSameNameIsDetected() throws IOException {
        upload("a");
        files.mkdir(directory.child("b"));
        assertThatThrownBy(() -> upload("b"))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IS_A_DIRECTORY));
        upload("a");
        assertThatThrownBy(() -> upload("b"))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IS_A_DIRECTORY));
    }

    /** More names than one listing returns. */
    @Test
    void inALargeDirectoryEachNameIsRequested() throws IOException {
        for (int i = 0; i < 201; i++) {
            store.store().putMarker(new ObjectKey(bucket.name(), "d/z" + i + "/"));
        }
        clock.advance(KnownDirectories.TRUST);
        upload("a");

        proxy.forgetRequests();
        upload("b");
        assertThat(methods()).containsExactly("GET", "PUT");
        assertThatThrownBy(() -> upload("z200"))
                .isInstanceOfSatisfying(
                        VfsException.class, e -> assertThat(e.failure()).isEqualTo(Failure.IS_A_DIRECTORY));
    }

    private void upload(String name) throws IOException {
        try (FileUpload upload = files.create(directory.child(name), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(new byte[] {1}));
            upload.commit();
        }
    }
}
