package dev.slipway.core.state;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.ApiToken;
import dev.slipway.core.account.AuthorizedKey;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.PasswordHash;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Role;
import dev.slipway.core.account.TokenOwner;
import dev.slipway.core.archive.Archive;
import dev.slipway.core.archive.ArchiveMember;
import dev.slipway.core.archive.ArchivedPage;
import dev.slipway.core.store.ExpectedObject;
import dev.slipway.core.store.InterruptedUpload;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PendingUpload;
import dev.slipway.core.store.StoredUpload;
import dev.slipway.core.store.UploadJournal;
import dev.slipway.core.store.UploadOrigin;
import dev.slipway.core.store.UploadOwner;
import java.security.KeyPairGenerator;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.jdbi.v3.core.Handle;
import org.junit.jupiter.api.Test;

/** The contract of the state database, run against every kind of it. One file although it is long: a few tests for each table. */
abstract class StateContract {
    private static final Instant TIME = Instant.parse("2001-02-03T04:05:06Z");

    /** Opens the database as a gateway does. */
    abstract StateDatabase open();

    private static ObjectInfo version(String key, String etag) {
        return new ObjectInfo(new ObjectKey("bucket", key), 1, etag, Instant.EPOCH);
    }

    private static AccountEntry plain(String name) {
        return AccountEntry.of(
                new Account(
                        name, List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)), EnumSet.of(Permission.READ)),
                null,
                List.of());
    }

    private static AccountEntry full(String name) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("Ed25519");
        return new AccountEntry(
                new Account(
                                name,
                                List.of(
                                        new Mount(VirtualPath.ROOT, "bucket", name + "/", false),
                                        new Mount(VirtualPath.parse("/in/box"), "other", "", true)),
                                EnumSet.of(Permission.LIST, Permission.MKDIR))
                        .withLimits(new AccountLimits(10L << 40, AccountLimits.NONE, 1, AccountLimits.BY_DEFAULT)),
                PasswordHash.of("secret".toCharArray()),
                List.of(
                        AuthorizedKey.of(generator.generateKeyPair().getPublic(), "desk"),
                        AuthorizedKey.of(generator.generateKeyPair().getPublic(), "laptop, of Ann")),
                false,
                Instant.parse("2030-01-02T03:04:05Z"),
                EnumSet.of(Protocol.SFTP),
                List.of(Network.parse("192.0.2.0/24"), Network.parse("2001:db8::/32")),
                Set.of("ann", "everybody"));
    }

    /** Somebody who wants to be told of uploads, and whom these tests tell nothing. */
    static final UploadOutbox LISTENING = new UploadOutbox() {
        @Override
        public boolean isWanted() {
            return true;
        }

        @Override
        public void stored(Handle transaction, StoredUpload upload) {
            throw new AssertionError(upload);
        }

        @Override
        public void committed() {}
    };

    @Test
    void ofTooManyUploadsWithoutAnAnswerTheNewestAreLookedFor() {
        UploadOrigin origin = new UploadOrigin("ann", "/file", Protocol.SFTP, "192.0.2.7");
        ExpectedObject expected = new ExpectedObject("\"1\"", null, 10);
        try (StateDatabase database = open()) {
            List<String> rows = new ArrayList<>();
            UploadTable uploads = new UploadTable(database, Clock.systemUTC(), 1000, LISTENING, 2);
            for (int i = 0; i < 4; i++) {
                Clock clock = Clock.fixed(TIME.plusSeconds(i), ZoneOffset.UTC);
                uploads = new UploadTable(database, clock, 1000, LISTENING, 2);
                rows.add(uploads.putting(new ObjectKey("bucket", "file-" + i), expected, origin));
            }
            assertThat(uploads.unclear()).as("in progress").isEmpty();
            rows.forEach(uploads::unanswered);

            assertThat(uploads.unclear())
                    .extracting(UploadJournal.Commit::id)
                    .containsExactly(rows.get(2), rows.get(3));
            assertThat(uploads.unclear()).first().satisfies(commit -> {
                assertThat(commit.key()).isEqualTo(new ObjectKey("bucket", "file-2"));
                assertThat(commit.expected()).isEqualTo(expected);
                assertThat(commit.asked()).isEqualTo(TIME.plusSeconds(2));
                assertThat(commit.uploadId()).isEmpty();
            });
            assertThat(uploads.dropped()).isEqualTo(2);
            assertThat(uploads.leftBehind()).as("there is nothing to abort").isEmpty();
            uploads.refused(rows.get(2));
            assertThat(uploads.unclear()).extracting(UploadJournal.Commit::id).containsExactly(rows.get(3));
        }
    }

    /** Whatever a client makes the gateway keep counts. */
    @Test
    void ofTooManyUploadsOfAnyKindTheNewestAreLookedFor() {
        UploadOrigin origin = new UploadOrigin("ann", "/file", Protocol.SFTP, "192.0.2.7");
        UploadOwner owner = new UploadOwner("ann", true, false);
        ExpectedObject expected = new ExpectedObject("\"1\"", null, 10);
        try (StateDatabase database = open()) {
            List<String> rows = new ArrayList<>();
            for (int i = 0; i < 6; i++) {
                Clock clock = Clock.fixed(TIME.plusSeconds(i), ZoneOffset.UTC);
                UploadTable uploads = new UploadTable(database, clock, 1000, LISTENING, 2);
                ObjectKey key = new ObjectKey("bucket", "file-" + i);
                String row = i % 3 == 0 ? uploads.putting(key, expected, origin) : uploads.starting(key, owner);
                rows.add(row);
                switch (i % 3) {
                    case 0 -> uploads.unanswered(row);
                    case 1 -> {
                        uploads.started(row, "upload-" + i);
                        uploads.completing(row, expected, origin);
                        assertThat(uploads.aborting(row)).isFalse();
                    }
                    default -> {
                        uploads.completing(row, expected, origin);
                        uploads.interrupted(row, 0, null);
                    }
                }
            }
            UploadTable uploads = new UploadTable(database, Clock.systemUTC(), 1000, LISTENING, 2);
            assertThat(uploads.unclear())
                    .extracting(UploadJournal.Commit::id)
                    .containsExactly(rows.get(4), rows.get(5));
            assertThat(uploads.leftBehind())
                    .as("uploads that were given up are aborted")
                    .extracting(UploadJournal.Entry::id)
                    .containsExactly(rows.get(1));
            assertThat(uploads.interruptedBelow("bucket", "", "ann"))
                    .extracting(InterruptedUpload::id)
                    .containsExactly(rows.get(2), rows.get(5));
        }
    }

    @Test
    void aFileThatIsStoredByOneRequestHasNoMultipartUpload() {
        ObjectKey key = new ObjectKey("bucket", "file");
        try (StateDatabase database = open()) {
            UploadTable uploads = new UploadTable(database, Clock.systemUTC(), 1000, LISTENING);
            PendingUpload pending = new PendingUpload(key, "upload", TIME);
            uploads.putting(
                    key,
                    new ExpectedObject("\"1\"", null, 10),
                    new UploadOrigin("ann", "/file", Protocol.SFTP, "192.0.2.7"));
            assertThat(uploads.isLive(pending)).isFalse();
            uploads.starting(key);
            assertThat(uploads.isLive(pending)).as("it may be this one").isTrue();
        }
    }

    @Test
    void anAccountKeepsItsNewestInterruptedUploads() {
        UploadOwner owner = new UploadOwner("ann", true, false);
        List<ObjectKey> keys = List.of(
                new ObjectKey("bucket", "one"), new ObjectKey("bucket", "two"), new ObjectKey("bucket", "three"));
        try (StateDatabase database = open()) {
            for (int i = 0; i < keys.size(); i++) {
                UploadTable uploads = new UploadTable(database, Clock.fixed(TIME.plusSeconds(i), ZoneOffset.UTC), 2);
                uploads.interrupted(uploads.starting(keys.get(i), owner), 100, null);
            }
            UploadTable uploads = new UploadTable(database, Clock.systemUTC(), 2);
            assertThat(uploads.interruptedBelow("bucket", "", "ann").stream().map(InterruptedUpload::key))
                    .containsExactlyInAnyOrder(keys.get(1), keys.get(2));
            assertThat(uploads.interrupted(keys.getFirst(), "ann")).isEmpty();
        }
    }

    @Test
    void totalsAreTheSumOfAllChangesAndOneGatewayCountsAtATime() {
        UsageTable.Area area = new UsageTable.Area("bucket", "in/");
        try (StateDatabase database = open()) {
            UsageTable table = new UsageTable(database);
            table.takeOver();
            assertThat(table.add(List.of(new UsageTable.Change(area, 5_000_000_000L, 2))))
                    .containsExactly(new UsageTable.Total(area, 5_000_000_000L, 2, null, false));
            assertThat(table.add(List.of(new UsageTable.Change(area, -1, -1)))).hasSize(1);
            assertThat(table.claim(area, TIME, TIME.plusSeconds(60))).isTrue();
            assertThat(table.claim(area, TIME.plusSeconds(59), TIME.plusSeconds(120)))
                    .isFalse();
            assertThat(table.claim(area, TIME.plusSeconds(60), TIME.plusSeconds(120)))
                    .as("the first one has died")
                    .isTrue();
            table.counted(area, TIME);
            assertThat(table.claim(area, TIME, TIME.plusSeconds(60))).isTrue();
            table.release(area);
            assertThat(table.read())
                    .as("the count that failed is still wanted")
                    .containsExactly(new UsageTable.Total(area, 4_999_999_999L, 1, TIME, true));
            assertThat(table.claim(area, TIME, TIME.plusSeconds(60))).isTrue();
            table.counted(area, TIME);
            table.settle();
        }
        try (StateDatabase database = open()) {
            UsageTable table = new UsageTable(database);
            table.takeOver();
            assertThat(table.read()).containsExactly(new UsageTable.Total(area, 4_999_999_999L, 1, TIME, false));
        }
        try (StateDatabase database = open()) {
            UsageTable table = new UsageTable(database);
            table.takeOver();
            assertThat(table.read().getFirst().recount()).as("killed").isTrue();
            table.remove(List.of(area));
            assertThat(table.read()).isEmpty();
        }
    }

    @Test
    void recountsRequestedWhileCountingAreKept() {
        UsageTable.Area area = new UsageTable.Area("bucket", "in/");
        try (StateDatabase database = open()) {
            UsageTable table = new UsageTable(database);
            table.add(List.of(new UsageTable.Change(area, 1, 1)));
            assertThat(table.wantRecount(List.of(area))).isEqualTo(1);
            assertThat(table.claim(area, TIME, TIME.plusSeconds(60))).isTrue();
            assertThat(table.read().getFirst().recount()).as("it is under way").isFalse();
            assertThat(table.wantRecount(List.of(area))).isEqualTo(1);
            table.counted(area, TIME);
            assertThat(table.read().getFirst().recount())
                    .as("the second request")
                    .isTrue();
            assertThat(table.claim(area, TIME, TIME.plusSeconds(60))).isTrue();
            table.counted(area, TIME);
            assertThat(table.read().getFirst().recount()).isFalse();
        }
    }

    @Test
    void tokensAreFoundByTheirSecretsUntilTheyAreRemoved() {
        ApiToken token = new ApiToken(
                "ci", Role.OPERATOR, TIME, TIME.plusSeconds(60), null, new TokenOwner("boss", "key SHA256:x"));
        String secret = ApiToken.newSecret();
        try (StateDatabase database = open()) {
            ApiTokenTable table = new ApiTokenTable(database);
            assertThat(table.add(token, secret)).isTrue();
            assertThat(table.add(token, ApiToken.newSecret()))
                    .as("a second one of the name")
                    .isFalse();
        }
        try (StateDatabase database = open()) {
            ApiTokenTable table = new ApiTokenTable(database);
            assertThat(table.find(secret)).contains(token);
            assertThat(table.find(ApiToken.newSecret())).isEmpty();
            table.used("ci", TIME.plusSeconds(5));
            assertThat(table.read())
                    .containsExactly(new ApiToken(
                            "ci", Role.OPERATOR, TIME, TIME.plusSeconds(60), TIME.plusSeconds(5), token.owner()));
            assertThat(table.remove("ci")).isTrue();
            assertThat(table.remove("ci")).isFalse();
            assertThat(table.find(secret)).isEmpty();
        }
    }

    @Test
    void everythingOfAnAccountSurvivesARestart() throws Exception {
        AccountEntry ann = full("ann");
        try (StateDatabase database = open()) {
            AccountTable table = new AccountTable(database);
            assertThat(table.add(ann)).isTrue();
            assertThat(table.add(plain("bob"))).isTrue();
            assertThat(table.add(plain("ann"))).as("a second one of the name").isFalse();
        }
        try (StateDatabase database = open()) {
            AccountTable table = new AccountTable(database);
            assertThat(table.read().entries()).containsExactly(ann, plain("bob"));
            assertThat(table.find("ann")).contains(ann);
            assertThat(table.find("nobody")).isEmpty();
        }
    }

    @Test
    void onlyChangesIncreaseTheRevision() throws Exception {
        AccountEntry ann = full("ann");
        try (StateDatabase database = open()) {
            AccountTable table = new AccountTable(database);
            long before = table.revision();
            table.add(ann);
            table.add(plain("ann"));
            assertThat(table.revision()).isEqualTo(before + 1);
            assertThat(table.change("ann", entry -> entry.withEnabled(true))).contains(ann.withEnabled(true));
            assertThat(table.change("nobody", entry -> entry)).isEmpty();
            assertThat(table.revision()).isEqualTo(before + 2);
            assertThat(table.remove("ann")).isTrue();
            assertThat(table.remove("ann")).isFalse();
            assertThat(table.revision()).isEqualTo(before + 3);
            assertThat(table.read().revision()).isEqualTo(before + 3);
            table.add(plain("ann"));
            assertThat(table.find("ann"))
                    .as("without the keys of the one before")
                    .contains(plain("ann"));
        }
    }

    @Test
    void anInvalidAccountDoesNotHideTheOthers() {
        try (StateDatabase database = open()) {
            AccountTable table = new AccountTable(database);
            table.add(plain("ann"));
            for (String damage : List.of(
                    "UPDATE accounts SET permissions = 'fly' WHERE name = 'bob'",
                    "UPDATE accounts SET protocols = '' WHERE name = 'bob'",
                    "UPDATE accounts SET password = 'plain' WHERE name = 'bob'",
                    "UPDATE account_mounts SET prefix = '/x' WHERE account = 'bob'",
                    "INSERT INTO account_keys VALUES ('bob', 'ssh-rsa', '')",
                    "DELETE FROM account_mounts WHERE account = 'bob'")) {
                table.add(plain("bob"));
                int _ = database.inTransaction(handle -> handle.execute(damage));

                assertThat(table.read().entries()).as(damage).containsExactly(plain("ann"));
                assertThat(table.remove("bob")).isTrue();
            }
        }
    }

    @Test
    void timesSurviveARestart() {
        try (StateDatabase database = open()) {
            new AttributeTable(database).put(version("a", "1"), TIME);
        }
        try (StateDatabase database = open()) {
            assertThat(new AttributeTable(database).modified(version("a", "1"))).contains(TIME);
        }
    }

    @Test
    void timesBelongToOneVersion() {
        try (StateDatabase database = open()) {
            AttributeTable table = new AttributeTable(database);
            table.put(version("a", "1"), TIME);

            assertThat(table.modified(version("a", "2"))).isEmpty();
            table.put(version("a", "2"), TIME.plusSeconds(1));
            assertThat(table.modified(version("a", "1"))).isEmpty();
            assertThat(table.modified(version("a", "2"))).contains(TIME.plusSeconds(1));
            table.remove(List.of(new ObjectKey("bucket", "a")));
            assertThat(table.modified(version("a", "2"))).isEmpty();
        }
    }

    @Test
    void manyTimesAreFoundAtOnce() {
        try (StateDatabase database = open()) {
            AttributeTable table = new AttributeTable(database);
            List<ObjectInfo> versions = new ArrayList<>();
            for (int i = 0; i < 1200; i++) {
                versions.add(version("k" + i, "1"));
            }
            table.put(versions.get(0), TIME);
            table.put(versions.get(1199), TIME);

            assertThat(table.modified(versions))
                    .isEqualTo(Map.of(
                            versions.get(0).key(), TIME, versions.get(1199).key(), TIME));
        }
    }

    @Test
    void digestsBelongToOneVersionAndAreCopied() {
        try (StateDatabase database = open()) {
            AttributeTable table = new AttributeTable(database);
            byte[] md5 = {1, 2, 3};
            table.putDigests(version("a", "1"), Map.of(DigestAlgorithm.MD5, new byte[] {9}));
            table.putDigests(version("a", "1"), Map.of(DigestAlgorithm.MD5, md5));
            table.copyOthers(Map.of(version("a", "1"), version("b", "7")));
            table.copyOthers(Map.of(version("a", "0"), version("c", "7")));

            assertThat(table.digest(version("a", "1"), DigestAlgorithm.MD5)).hasValue(md5);
            assertThat(table.digest(version("a", "2"), DigestAlgorithm.MD5)).isEmpty();
            assertThat(table.digest(version("b", "7"), DigestAlgorithm.MD5)).hasValue(md5);
            assertThat(table.digest(version("c", "7"), DigestAlgorithm.MD5)).isEmpty();

            table.remove(List.of(new ObjectKey("bucket", "a")));
            assertThat(table.digest(version("a", "1"), DigestAlgorithm.MD5)).isEmpty();
            assertThat(table.digest(version("b", "7"), DigestAlgorithm.MD5)).hasValue(md5);
        }
    }

    static RenameTable.Entry rename(long id) {
        return new RenameTable.Entry(
                id,
                new ObjectKey("bucket", "from/"),
                new ObjectKey("other", "to/"),
                true,
                "parent/",
                "ann",
                "/from",
                "/to",
                RenameTable.Phase.COPYING,
                TIME);
    }

    @Test
    void renamesSurviveARestart() {
        long id = Long.MAX_VALUE;
        Map<Long, Long> copies = new HashMap<>();
        for (long i = 0; i < 1200; i++) {
            copies.put(Long.MIN_VALUE + i, Long.MAX_VALUE - i);
        }
        try (StateDatabase database = open()) {
            RenameTable table = new RenameTable(database);
            table.begin(rename(id));
            table.copied(id, copies);
            table.copied(id, copies);
            assertThat(table.change(id, RenameTable.Phase.COPYING, RenameTable.Phase.DELETING))
                    .isTrue();
            assertThat(table.change(id, RenameTable.Phase.COPYING, RenameTable.Phase.UNDOING))
                    .isFalse();
            assertThat(table.takeOver()).isEmpty();
        }
        try (StateDatabase database = open()) {
            RenameTable table = new RenameTable(database);
            assertThat(table.takeOver())
                    .singleElement()
                    .usingRecursiveComparison()
                    .ignoringFields("phase")
                    .isEqualTo(rename(id));
            assertThat(table.underWay())
                    .singleElement()
                    .extracting(RenameTable.Entry::phase)
                    .isEqualTo(RenameTable.Phase.DELETING);
            assertThat(table.sources(id, copies.keySet())).isEqualTo(copies);
            assertThat(table.sources(1, copies.keySet())).isEmpty();
            table.forget(id, List.of(Long.MIN_VALUE));
            assertThat(table.sources(id, List.of(Long.MIN_VALUE, Long.MIN_VALUE + 1)))
                    .containsOnlyKeys(Long.MIN_VALUE + 1);
            table.ended(id);
            assertThat(table.underWay()).isEmpty();
            assertThat(table.sources(id, copies.keySet())).isEmpty();
        }
    }

    /** All threads change the same rows, in any order. */
    @Test
    void concurrentChangesDoNotDeadlock() throws Exception {
        try (StateDatabase database = open();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            AttributeTable table = new AttributeTable(database);
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Map<ObjectInfo, Instant> times = new HashMap<>();
                for (int file = 0; file < 50; file++) {
                    times.put(version("k" + file, "run " + i), TIME);
                }
                running.add(threads.submit(() -> table.put(times)));
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
    }

    private static ArchiveMember member(String key) {
        return new ArchiveMember(new ObjectKey("bucket", key), "", 512, 1, 0, 1, TIME, "00");
    }

    private static Archive archive(int members) {
        return new Archive(
                UUID.randomUUID(),
                "nightly",
                new ObjectKey("bucket", "archives/" + UUID.randomUUID()),
                "\"etag\"",
                Archive.Format.TAR,
                members,
                1024L * members,
                TIME);
    }

    private static boolean insert(StateDatabase database, Archive archive, List<ArchiveMember> members) {
        return database.inTransaction(handle -> new ArchiveTable(database).insert(handle, archive, members));
    }

    private static List<String> keys(ArchivedPage page) {
        return page.objects().stream().map(object -> object.key().key()).toList();
    }

    /** A database's language may sort letters before punctuation, and some ignore it. */
    @Test
    void archivedObjectsAreListedByTheBytesOfTheirKeys() {
        List<String> sorted =
                List.of("in/ a", "in/-", "in/B", "in/a", "in/a-b", "in/ab", "in/é", "in/\uFFEE", "in/\uD83D\uDE00");
        try (StateDatabase database = open()) {
            ArchiveTable table = new ArchiveTable(database);
            assertThat(table.anyIn("bucket")).isFalse();
            insert(
                    database,
                    archive(9),
                    sorted.reversed().stream().map(StateContract::member).toList());
            assertThat(table.anyIn("bucket")).isTrue();
            assertThat(keys(table.list("bucket", "in/", true, null, 100))).isEqualTo(sorted);
            assertThat(keys(table.list("bucket", "in/", false, "in/a", 2))).containsExactly("in/a-b", "in/ab");
            assertThat(table.list("bucket", "", true, null, 100).prefixes()).containsExactly("in/");
            assertThat(table.list("bucket", "", true, "in/", 100).prefixes()).isEmpty();
        }
    }

    @Test
    void anArchiveIsRecordedOnceAndHidesOlderMembers() {
        try (StateDatabase database = open()) {
            ArchiveTable table = new ArchiveTable(database);
            Archive first = archive(2);
            Archive second = archive(1);
            assertThat(insert(database, first, List.of(member("a"), member("b"))))
                    .isTrue();
            table.hide(List.of(new ObjectKey("bucket", "b")));
            assertThat(insert(database, first, List.of(member("a"), member("b"))))
                    .isFalse();
            assertThat(keys(table.list("bucket", "", true, null, 10))).containsExactly("a");
            ObjectInfo old =
                    table.find(new ObjectKey("bucket", "a")).orElseThrow().info();
            assertThat(insert(database, second, List.of(member("a")))).isTrue();
            assertThat(table.find(new ObjectKey("bucket", "a")).orElseThrow().archive())
                    .isEqualTo(second);
            assertThat(table.find(old).orElseThrow().archive())
                    .as("a version is found although it is hidden")
                    .isEqualTo(first);
            table.hideUnchanged(List.of(old));
            assertThat(table.find(new ObjectKey("bucket", "a"))).isPresent();
            assertThat(table.members(first.id(), -1, 10)).hasSize(2);
        }
    }

    @Test
    void manyArchivedObjectsAreListedInPages() {
        int count = 20_000;
        try (StateDatabase database = open()) {
            insert(
                    database,
                    archive(count),
                    IntStream.range(0, count)
                            .mapToObj(i -> member("in/%02d/%05d".formatted(i % 50, i)))
                            .toList());
            ArchiveTable table = new ArchiveTable(database);
            assertThat(table.list("bucket", "in/", true, null, 1000).prefixes()).hasSize(50);
            String after = null;
            int seen = 0;
            ArchivedPage page;
            do {
                page = table.list("bucket", "in/", false, after, 1000);
                seen += page.objects().size();
                after = page.objects().getLast().key().key();
            } while (page.hasMore());
            assertThat(seen).isEqualTo(count);
        }
    }
}
