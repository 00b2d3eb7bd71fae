package dev.slipway.core.vfs;

import static dev.slipway.core.vfs.ProxiedFiles.WAIT;
import static dev.slipway.core.vfs.ProxiedFiles.assertFails;
import static dev.slipway.core.vfs.ProxiedFiles.path;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.Failure;
import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.RenameTable;
import dev.slipway.core.state.RenameTable.Phase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** How the gateway continues renames that an earlier run left in the journal, in every state that it may have left. */
@S3Store
class RecoveredRenameTest {
    private static final byte[] LARGE = Bytes.random(1, 6 << 20);

    private final S3Bucket bucket;
    private final Path folder;
    private final FaultProxy proxy;
    private final TestStore killed;
    private final RenameTable.Entry rename;

    RecoveredRenameTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        proxy = FaultProxy.http(bucket.endpoint().uri());
        killed = new TestStore(bucket.endpoint(), folder);
        rename = new RenameTable.Entry(
                7, key("from/"), key("to/"), false, "", "somebody", "/from", "/to", Phase.COPYING, Instant.now());
    }

    @AfterEach
    void close() throws IOException {
        killed.close();
        proxy.close();
    }

    private ObjectKey key(String key) {
        return new ObjectKey(bucket.name(), key);
    }

    private ObjectInfo put(String key, byte[] content) throws StoreException {
        try (ObjectWriter writer = killed.store().write(key(key), ObjectAttributes.NONE, WAIT)) {
            writer.write(ByteBuffer.wrap(content));
            writer.complete(WriteCondition.ALWAYS);
        }
        return killed.store().head(key(key)).orElseThrow();
    }

    /** In one request, so that the same bytes have another ETag than a multipart object. */
    private void putAtOnce(String key, byte[] content) {
        try (S3AsyncClient client = bucket.endpoint().newClient()) {
            client.putObject(request -> request.bucket(bucket.name()).key(key), AsyncRequestBody.fromBytes(content))
                    .join();
        }
    }

    private List<String> keys() {
        try {
            return killed.store().list(bucket.name(), "", false, null, 1000).objects().stream()
                    .map(object -> object.key().key())
                    .toList();
        } catch (StoreException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] bytes(int first) {
        return new byte[] {(byte) first, 2, 3};
    }

    /** Runs in the next run of the gateway, whose requests go through the proxy. */
    private interface NextRun {
        void run(ObjectFileSystems fileSystems, VirtualFileSystem files) throws Exception;
    }

    private void recovered(NextRun test) throws Exception {
        killed.kill();
        try (TestStore store = new TestStore(bucket.endpoint().at(proxy.uri()), folder);
                ObjectFileSystems fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                        .admissionWait(WAIT)
                        .build()) {
            fileSystems.recover();
            test.run(
                    fileSystems,
                    fileSystems.open(new Account(
                            "somebody",
                            List.of(new Mount(VirtualPath.ROOT, bucket.name(), "", false)),
                            EnumSet.allOf(Permission.class))));
            proxy.pass();
            Patience.await("the rename is over", () -> fileSystems.renamesUnderWay() == 0);
            assertThat(new RenameTable(store.attributes()).underWay()).isEmpty();
        }
    }

    /** Creates a source and its copy, and records the copy in the journal. */
    private void copied(RenameTable journal, String name, byte[] content) throws StoreException {
        Map<Long, Long> copy = new HashMap<>();
        ObjectInfo from = put("from/" + name, content);
        copy.put(Fingerprints.target(put("to/" + name, content)), Fingerprints.source(from));
        journal.copied(rename.id(), copy);
    }

    @Test
    void waitsForAStoreThatIsDownAtTheStart() throws Exception {
        RenameTable journal = new RenameTable(killed.attributes());
        journal.begin(rename);
        copied(journal, "a", bytes(1));
        copied(journal, "b", bytes(2));
        journal.change(rename.id(), Phase.COPYING, Phase.DELETING);
        proxy.refuse();

        recovered((fileSystems, files) -> {
            assertThat(fileSystems.renamesUnderWay()).isEqualTo(1);
            assertThatThrownBy(() -> files.stat(path("/from/a")))
                    .hasMessageContaining("A rename of /from to /to is under way");
            assertFails(Failure.BUSY, () -> files.rename(path("/from"), path("/to"), RenameMode.KEEP_TARGET));
            assertFails(Failure.BUSY, () -> files.mkdir(path("/to/new")));
            assertFails(Failure.UNAVAILABLE, () -> files.stat(path("/to/a")));
        });
        assertThat(keys()).containsExactly("to/a", "to/b");
    }

    @Test
    void unrecordedCopiesAreRemovedIfTheyEqualTheirSources() throws Exception {
        RenameTable journal = new RenameTable(killed.attributes());
        journal.begin(rename);
        copied(journal, "noted", bytes(1));
        put("from/same-tag", bytes(2));
        put("to/same-tag", bytes(2));
        put("from/same-bytes", LARGE);
        putAtOnce("to/same-bytes", LARGE);
        put("from/theirs", bytes(3));
        put("to/theirs", bytes(4));
        put("to/theirs-alone", bytes(5));

        recovered((_, files) ->
                assertThat(files.stat(path("/from/theirs")).size()).isEqualTo(3));
        assertThat(keys())
                .containsExactly(
                        "from/noted",
                        "from/same-bytes",
                        "from/same-tag",
                        "from/theirs",
                        "to/theirs",
                        "to/theirs-alone");
    }

    @Test
    void aCachedDirectoryIsForgottenAfterItWasMoved() throws Exception {
        RenameTable journal = new RenameTable(killed.attributes());
        journal.begin(rename);
        copied(journal, "a", bytes(1));
        journal.change(rename.id(), Phase.COPYING, Phase.DELETING);
        HeldRequests deletion = proxy.hold(1, request -> request.method().equals("DELETE"));

        recovered((fileSystems, files) -> {
            deletion.awaitArrival(Patience.LIMIT);
            // The store is asked for its neighbours, too.
            upload(files, "/above");
            deletion.release();
            Patience.await("the rename is over", () -> fileSystems.renamesUnderWay() == 0);
            upload(files, "/from");
        });
        assertThat(keys()).containsExactly("above", "from", "to/a");
    }

    private static void upload(VirtualFileSystem files, String path) throws VfsException {
        try (FileUpload upload = files.create(path(path), CreateMode.REPLACE)) {
            upload.write(0, ByteBuffer.wrap(bytes(7)));
            upload.commit();
        }
    }

    /** Rows that the database has lost in a power failure. */
    @Test
    void anOutdatedJournalLosesNoData() throws Exception {
        RenameTable journal = new RenameTable(killed.attributes());
        journal.begin(rename);
        // Already deleted, although the row still says that it is being copied.
        copied(journal, "a", bytes(1));
        killed.store().delete(List.of(key("from/a")));
        copied(journal, "b", bytes(2));

        recovered((_, _) -> {});
        assertThat(keys()).containsExactly("from/b", "to/a");
    }

    @Test
    void unrecordedSourcesAreNotDeleted() throws Exception {
        RenameTable journal = new RenameTable(killed.attributes());
        journal.begin(rename);
        put("from/a", bytes(1));
        put("to/a", bytes(1));
        journal.change(rename.id(), Phase.COPYING, Phase.DELETING);

        recovered((_, _) -> {});
        assertThat(keys()).containsExactly("from/a", "to/a");
    }
}
