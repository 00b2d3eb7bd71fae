package dev.slipway.core.vfs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.SettableClock;
import dev.slipway.core.event.Events;
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
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How often the store is asked when many small files come, which is what their upload takes its time for. */
@S3Store
class SmallUploadsTest {
    @Test
    void eachFurtherFileOfADirectoryTakesTwoRequests(S3Bucket bucket, @TempDir Path folder) throws IOException {
        SettableClock clock = new SettableClock();
        try (FaultProxy proxy = FaultProxy.http(bucket.endpoint().uri());
                TestStore store = new TestStore(bucket.endpoint().at(proxy.uri()), folder);
                ObjectFileSystems fileSystems = new ObjectFileSystems(
                        store.store(),
                        store.attributes(),
                        clock,
                        Duration.ofSeconds(10),
                        Duration.ofMinutes(5),
                        Optional::of,
                        new Events())) {
            VirtualFileSystem files = fileSystems.open(new Account(
                    "somebody",
                    List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                    EnumSet.allOf(Permission.class)));
            VirtualPath directory = VirtualPath.ROOT.child("d");
            files.mkdir(directory);
            upload(files, directory.child("first"));

            proxy.forgetRequests();
            upload(files, directory.child("second"));
            assertThat(proxy.requests()).extracting(HttpRequest::method).containsExactly("GET", "PUT");

            clock.advance(KnownDirectories.TRUST);
            proxy.forgetRequests();
            upload(files, directory.child("third"));
            assertThat(proxy.requests())
                    .as("others may have removed the directory meanwhile")
                    .extracting(HttpRequest::method)
                    .containsExactly("GET", "GET", "PUT");
        }
    }

    private static void upload(VirtualFileSystem files, VirtualPath path) throws IOException {
        try (FileUpload upload = files.create(path, CreateMode.REPLACE, true)) {
            upload.write(0, ByteBuffer.wrap(new byte[] {1}));
            upload.commit();
        }
    }
}
