package dev.slipway.core.archive;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.state.ArchiveTable;
import dev.slipway.core.store.ObjectAttributes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.ObjectStore;
import dev.slipway.core.store.ObjectWriter;
import dev.slipway.core.store.StoreException;
import dev.slipway.core.store.WriteCondition;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A listing looks the same whether objects are archived or not. */
class MergedListingTest {
    private static final List<String> SEGMENTS =
            List.of("a", "a-", "b", "é", "\uFFEE", "\uD83D\uDE00", "c c", "0", "~");

    private final TestBucket bucket = TestBucket.inMemory();
    private final TestBucket whole = TestBucket.inMemory();
    private final TestStore store;
    private final TestStore all;

    MergedListingTest(@TempDir Path folder) {
        store = new TestStore(bucket, folder.resolve("some"));
        all = new TestStore(whole, folder.resolve("all"));
    }

    private static void put(ObjectStore store, String key) throws StoreException {
        try (ObjectWriter writer =
                store.write(new ObjectKey("bucket", key), ObjectAttributes.NONE, Duration.ofSeconds(10))) {
            writer.write(ByteBuffer.wrap(new byte[] {1}));
            writer.complete(WriteCondition.ALWAYS);
        }
    }

    private static List<String> entries(ObjectPage page) {
        List<String> entries = new ArrayList<>(page.prefixes());
        page.objects().stream().map(ObjectInfo::key).map(ObjectKey::key).forEach(entries::add);
        entries.sort(Utf8Order.INSTANCE);
        return entries;
    }

    @Test
    void listsAsIfNothingWereArchived() throws Exception {
        Random random = new Random(42);
        TreeSet<String> keys = new TreeSet<>();
        for (int i = 0; i < 300; i++) {
            StringBuilder key = new StringBuilder();
            for (int depth = random.nextInt(3); depth >= 0; depth--) {
                key.append(SEGMENTS.get(random.nextInt(SEGMENTS.size()))).append(random.nextInt(4));
                key.append(depth == 0 ? "" : "/");
            }
            keys.add(key.toString());
        }
        TestArchive archive = new TestArchive("bucket", Archive.Format.TAR);
        for (String key : keys) {
            put(all.store(), key);
            int where = random.nextInt(3);
            if (where != 1) {
                archive.add(key, "x");
            }
            if (where != 0) {
                put(store.store(), key);
            }
        }
        archive.store(store.store(), store.database(), "~~archive");
        put(all.store(), "~~archive");
        try (store;
                all;
                ArchivedStore archived = new ArchivedStore(store.store(), new ArchiveTable(store.database()))) {
            for (int i = 0; i < 100; i++) {
                String some = new ArrayList<>(keys).get(random.nextInt(keys.size()));
                int slash = some.indexOf('/');
                String prefix = random.nextBoolean() || slash < 0 ? "" : some.substring(0, slash + 1);
                boolean delimited = random.nextBoolean();
                int limit = 1 + random.nextInt(random.nextBoolean() ? 4 : 50);
                List<String> expected = entries(all.store().list("bucket", prefix, delimited, null, 1000));
                assertThat(pages(archived, prefix, delimited, limit))
                        .as("%s, delimited %s, limit %s", prefix, delimited, limit)
                        .isEqualTo(expected);
                String after = expected.get(random.nextInt(expected.size()));
                ObjectPage page =
                        archived.listAfter(new ObjectKey("bucket", after), prefix, delimited, Math.max(2, limit));
                List<String> following = expected.subList(expected.indexOf(after) + 1, expected.size());
                assertThat(following.subList(0, entries(page).size())).isEqualTo(entries(page));
                if (page.next() == null) {
                    assertThat(entries(page)).isEqualTo(following);
                }
            }
        }
    }

    private static List<String> pages(ObjectStore store, String prefix, boolean delimited, int limit)
            throws StoreException {
        List<String> found = new ArrayList<>();
        String cursor = null;
        do {
            ObjectPage page = store.list("bucket", prefix, delimited, cursor, limit);
            cursor = page.next();
            List<String> entries = entries(page);
            assertThat(cursor == null || entries.size() == limit)
                    .as("a page is full unless it is the last")
                    .isTrue();
            found.addAll(entries);
            assertThat(found).hasSizeLessThan(1000);
        } while (cursor != null);
        return found;
    }
}
