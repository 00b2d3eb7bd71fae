package dev.slipway.admin.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.admin.command.CommandRunner.Suggestion;
import dev.slipway.admin.management.PathLookup;
import dev.slipway.admin.management.Services;
import dev.slipway.core.Failure;
import dev.slipway.core.Protocol;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.AccountLimits;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.AccountSession;
import dev.slipway.core.account.Login;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.account.Sessions;
import dev.slipway.core.event.Events;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.ObjectPage;
import dev.slipway.core.store.StoreException;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteFile;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Completion of paths, with a fake store and fake remotes. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PathSuggestionsTest {
    @TempDir
    private Path folder;

    private final Set<String> keys = new TreeSet<>();
    private final List<String> asked = new ArrayList<>();
    private final CountDownLatch released = new CountDownLatch(1);
    private List<RemoteFile> entries = List.of();
    private boolean hangs;
    private StateDatabase database;
    private StoredRemotes remotes;
    private CommandRunner runner;

    @BeforeEach
    void start() {
        database = StateDatabase.open(folder.resolve("slipway.db"));
        remotes = new StoredRemotes(database, new SecretBox(new byte[SecretBox.KEY_LENGTH]), List.of());
        remotes.put(remote("vault", List.of()));
        remotes.put(remote("narrow", List.of("/data/in", "/data/other/")));
        Events events = new Events();
        runner = new CommandRunner(
                new Services(
                        database,
                        List.of(
                                account(
                                        "anna",
                                        EnumSet.allOf(Permission.class),
                                        new Mount(VirtualPath.ROOT, "media", "home/anna/", false),
                                        new Mount(VirtualPath.ROOT.child("in").child("reels"), "reels", "", true)),
                                account("otto", EnumSet.of(Permission.READ), mount("otto")),
                                account("root", EnumSet.noneOf(Permission.class), mount("media"))),
                        "files",
                        AccountLimits.UNLIMITED,
                        line -> {
                            throw new IllegalStateException(line);
                        },
                        remotes,
                        null,
                        new Services.Running(new Sessions(events, Clock.systemUTC()), null, null, new MadeUp())),
                events,
                Clock.systemUTC());
    }

    @AfterEach
    void stop() {
        released.countDown();
        database.close();
    }

    private static Mount mount(String bucket) {
        return new Mount(VirtualPath.ROOT, bucket, "", false);
    }

    private static AccountEntry account(String name, Set<Permission> permissions, Mount... mounts) {
        Set<AccountOption> options = name.equals("root") ? Set.of(AccountOption.ADMIN) : Set.of();
        return AccountEntry.of(
                new Account(name, List.of(mounts), permissions, options, Account.UNLIMITED), null, List.of());
    }

    private static Remote remote(String name, List<String> folders) {
        return new Remote(
                name,
                "127.0.0.1",
                22,
                "me",
                new Credentials.Agent(),
                List.of("SHA256:" + "A".repeat(43)),
                folders,
                TransferMode.AUTO,
                1,
                1,
                OptionalInt.empty(),
                "");
    }

    private List<Suggestion> all(String account, String... words) {
        List<String> before = List.of(words).subList(0, words.length - 1);
        String word = words[words.length - 1];
        try (AccountSession login = new Sessions(new Events(), Clock.systemUTC())
                .begin(
                        Login.lasting(account(account, Set.of(), mount("media")).account()),
                        Protocol.SFTP,
                        InetAddress.getLoopbackAddress())
                .orElseThrow()) {
            return runner.suggestions(Caller.administrator(login), before, word);
        }
    }

    /** The completions of the last word; complete ones are followed by a space. */
    private List<String> words(String... words) {
        return all("root", words).stream()
                .filter(suggestion -> suggestion.word().startsWith(words[words.length - 1])
                        && !suggestion.word().startsWith("-"))
                .map(suggestion -> suggestion.word() + (suggestion.whole() ? " " : ""))
                .toList();
    }

    @Test
    void bucketsAndAccountsAreWhereSourcesBegin() {
        assertThat(words("push", ""))
                .containsExactly("files:", "media:", "otto:", "reels:", "anna@/", "otto@/", "root@/");
        assertThat(words("push", "ot")).containsExactly("otto:", "otto@/");
        assertThat(asked).isEmpty();
    }

    @Test
    void keysAreCompletedALevelAtATime() {
        keys.addAll(List.of("media/reels/", "media/reels/a b.bin", "media/reels/deep/x", "media/readme"));
        assertThat(words("push", "media:re")).containsExactly("media:readme ", "media:reels/");
        assertThat(words("push", "--wait", "media:reels/"))
                .containsExactly("media:reels/a b.bin ", "media:reels/deep/");
        assertThat(all("root", "push", "media:reels/d"))
                .filteredOn(suggestion -> !suggestion.word().startsWith("-"))
                .extracting(Suggestion::label)
                .containsExactly("deep/");
        assertThat(words("push", "nobodys:re")).isEmpty();
        assertThat(words("push", "https://host/re")).isEmpty();
        assertThat(asked).containsOnly("media/re", "media/reels/", "media/reels/d");
    }

    @Test
    void wildcardsAreEscapedInNamesAndNotCompleted() {
        keys.addAll(List.of("media/50%*.bin", "media/what?/x", "media/control\u001b[2J"));
        assertThat(words("push", "media:")).containsExactly("media:50%\\*.bin ", "media:what\\?/");
        assertThat(words("push", "media:50%\\*")).containsExactly("media:50%\\*.bin ");
        assertThat(words("push", "media:50%*")).isEmpty();
    }

    @Test
    void anAccountsPathsAreCompletedAsItSeesThem() {
        keys.addAll(List.of(
                "media/home/anna/in/reels/hidden",
                "media/home/anna/in/red",
                "media/home/otto/in/reserved",
                "reels/one.bin"));
        assertThat(words("push", "anna@/")).containsExactly("anna@/in/");
        assertThat(words("push", "anna@/in/re")).containsExactly("anna@/in/red ", "anna@/in/reels/");
        assertThat(words("push", "anna@/in/reels/")).containsExactly("anna@/in/reels/one.bin ");
        assertThat(words("push", "anna@/in/../")).isEmpty();
        assertThat(words("push", "otto@/")).as("may not list").isEmpty();
        assertThat(words("push", "nobody@/")).isEmpty();
    }

    @Test
    void destinationsAreFoldersThatMayBeWrittenTo() {
        entries = List.of(
                new RemoteFile("in", 0, true, null),
                new RemoteFile("in.txt", 1, false, null),
                new RemoteFile("out", 0, true, null));
        assertThat(words("push", "media:a", "v")).containsExactly("vault:/");
        assertThat(words("push", "media:a", "vault:/data/i")).containsExactly("vault:/data/in/");
        assertThat(words("space", "vault", "/")).containsExactly("/in/", "/out/");
        assertThat(words("space", "vault", "/../")).isEmpty();
        assertThat(asked).containsExactly("vault:/data/", "vault:/");

        assertThat(words("push", "media:a", "narrow:/d")).containsExactly("narrow:/data/in/", "narrow:/data/other/");
        assertThat(asked).hasSize(2);
        assertThat(words("push", "media:a", "narrow:/data/in/o")).containsExactly("narrow:/data/in/out/");
    }

    /** Their common prefix is unknown, so the line editor must not complete the prefix of some. */
    @Test
    void atMostAHundredAreSuggestedPlusTheWordItself() {
        IntStream.range(0, 300).forEach(i -> keys.add("media/reel-%03d".formatted(i)));
        List<Suggestion> many = all("root", "push", "media:re").stream()
                .filter(suggestion -> suggestion.word().startsWith("media:"))
                .toList();
        assertThat(many).hasSize(100);
        assertThat(many).extracting(Suggestion::word).contains("media:re", "media:reel-098");
        assertThat(words("push", "media:reel-29")).hasSize(10).doesNotContain("media:reel-29");
        entries = IntStream.range(0, 1000)
                .mapToObj(i -> new RemoteFile("x" + i, 0, true, null))
                .toList();
        assertThat(words("space", "vault", "/x99")).contains("/x99", "/x990/").hasSize(12);
    }

    @Test
    void aHangingStoreIsNotWaitedFor() {
        hangs = true;
        long start = System.nanoTime();
        assertThat(all("root", "push", "media:re")).isEmpty();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(20));
        Thread.currentThread().interrupt();
        assertThat(all("root", "push", "media:re")).isEmpty();
        assertThat(Thread.interrupted()).isTrue();
    }

    @Test
    void aCallerWithoutPermissionsSeesNothing() {
        keys.add("media/readme");
        assertThat(all("anna", "push", "media:re")).isEmpty();
        assertThat(asked).isEmpty();
    }

    private final class MadeUp implements PathLookup {
        @Override
        public ObjectPage objects(String bucket, String prefix, int limit) throws StoreException {
            asked.add(bucket + "/" + prefix);
            if (hangs) {
                try {
                    if (!released.await(Patience.SECONDS, TimeUnit.SECONDS)) {
                        throw new IllegalStateException("nobody has released it");
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
                throw new StoreException(Failure.UNAVAILABLE, "it was hanging");
            }
            List<ObjectInfo> objects = new ArrayList<>();
            Set<String> prefixes = new TreeSet<>();
            String next = null;
            for (String name : keys) {
                if (!name.startsWith(bucket + "/" + prefix)) {
                    continue;
                }
                String key = name.substring(bucket.length() + 1);
                int slash = key.indexOf('/', prefix.length());
                if (objects.size() + prefixes.size() == limit) {
                    next = key;
                    break;
                }
                if (slash < 0 || key.equals(prefix)) {
                    objects.add(new ObjectInfo(new ObjectKey(bucket, key), 1, "", Instant.EPOCH));
                } else {
                    prefixes.add(key.substring(0, slash + 1));
                }
            }
            return new ObjectPage(objects, List.copyOf(prefixes), next);
        }

        @Override
        public List<RemoteFile> entries(Remote remote, String path, int limit) {
            asked.add(remote.name() + ":" + path);
            return entries.subList(0, Math.min(limit, entries.size()));
        }
    }
}
