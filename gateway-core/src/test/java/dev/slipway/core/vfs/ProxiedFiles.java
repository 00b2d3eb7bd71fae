package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
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
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** A file system whose requests to the store can be held, and direct access to the same bucket. */
final class ProxiedFiles implements AutoCloseable {
    static final Duration WAIT = Duration.ofSeconds(20);

    final String bucket;
    final FaultProxy proxy;
    final TestStore store;
    final ObjectFileSystems fileSystems;
    final VirtualFileSystem files;
    private final TestStore others;

    ProxiedFiles(S3Bucket bucket, Path folder) throws IOException {
        this.bucket = bucket.name();
        proxy = FaultProxy.http(bucket.endpoint().uri());
        store = new TestStore(bucket.endpoint().at(proxy.uri()), folder.resolve("gateway"));
        others = new TestStore(bucket.endpoint(), folder.resolve("others"));
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .admissionWait(WAIT)
                .build();
        files = fileSystems.open(new Account(
                "somebody",
                List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                EnumSet.allOf(Permission.class)));
    }

    static VirtualPath path(String path) throws VfsException {
        return VirtualPath.parse(path);
    }

    void put(String path, String text) throws VfsException {
        try (FileUpload upload = files.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            upload.commit();
        }
    }

    /** Writes an object or a marker directly. */
    void putObject(String key, String text) throws StoreException {
        try (ObjectWriter writer =
                others.store().write(new ObjectKey(bucket, key), ObjectAttributes.NONE, Duration.ofSeconds(5))) {
            writer.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            writer.complete(WriteCondition.ALWAYS);
        }
    }

    /** Deletes an object directly. */
    void deleteObject(String key) throws StoreException {
        others.store().delete(List.of(new ObjectKey(bucket, key)));
    }

    String object(String key) throws StoreException {
        ObjectInfo info = others.store().head(new ObjectKey(bucket, key)).orElseThrow();
        try (ObjectReader reader = others.store().read(info, 0)) {
            return new String(Bytes.readAll(reader), StandardCharsets.UTF_8);
        }
    }

    List<String> keys() throws StoreException {
        return others.store().list(bucket, "", false, null, 1000).objects().stream()
                .map(object -> object.key().key())
                .toList();
    }

    boolean isThere(String key) {
        try {
            return keys().contains(key);
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    /** Whether a request is for this object. */
    boolean is(HttpRequest request, String method, String key) {
        return request.method().equals(method) && request.path().equals("/" + bucket + "/" + key);
    }

    /** Whether a request lists keys with a prefix that needs no encoding except for slashes. */
    static boolean isListing(HttpRequest request, String prefix) {
        return request.method().equals("GET")
                && (request.target() + "&").contains("prefix=" + prefix.replace("/", "%2F") + "&");
    }

    static void assertFails(Failure failure, ThrowingCallable call) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        VfsException.class,
                        e -> assertThat(e.failure()).as(e.getMessage()).isEqualTo(failure));
    }

    @Override
    public void close() throws IOException {
        proxy.pass();
        // A rename continues without its client.
        try {
            Patience.await("no path is locked", () -> fileSystems.locks.size() == 0);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        fileSystems.close();
        store.close();
        others.close();
        proxy.close();
    }
}
