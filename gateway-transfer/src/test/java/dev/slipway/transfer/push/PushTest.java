package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.slipway.core.DigestAlgorithm;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.AccountOption;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Network;
import dev.slipway.core.account.Permission;
import dev.slipway.core.state.AttributeTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.Bytes;
import dev.slipway.core.store.ObjectInfo;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.PresignedRequest;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.job.StoredJson;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.TransferMode;
import dev.slipway.transfer.remote.WatchedClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.sshd.common.config.keys.PublicKeyEntry;
import org.apache.sshd.common.io.nio2.Nio2ServiceFactoryFactory;
import org.apache.sshd.server.SshServer;
import org.apache.sshd.server.keyprovider.SimpleGeneratorHostKeyProvider;
import org.apache.sshd.server.session.ServerSession;
import org.apache.sshd.sftp.server.Handle;
import org.apache.sshd.sftp.server.SftpEventListener;
import org.apache.sshd.sftp.server.SftpSubsystemFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.async.AsyncRequestBody;
import software.amazon.awssdk.services.s3.S3AsyncClient;
import software.amazon.awssdk.services.s3.model.CompletedPart;

/** Sends objects of a real store to a real SSH server. */
@S3Store
class PushTest {
    private static final int MIB = 1 << 20;

    /** The request if nothing is to be replaced; see {@link WatchedClient}. */
    private static final String BEFORE_RENAME = "before SSH_FXP_RENAME";

    private static @Nullable SshdServer sshd;

    private final S3AsyncClient s3;
    private final String bucket;
    private final URI endpoint;
    private final TestStore store;
    private final StateDatabase database;
    private final Path folder;
    private final RemoteClient client = new RemoteClient();
    private final Sources sources;
    private @Nullable Remote remote;

    PushTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.s3 = bucket.endpoint().newClient();
        this.bucket = bucket.name();
        this.endpoint = bucket.endpoint().uri();
        this.store = new TestStore(bucket.endpoint(), folder.resolve("store"));
        this.database = StateDatabase.open(folder.resolve("push").resolve("state.db"));
        this.folder = Files.createDirectory(folder.resolve("remote"));
        this.sources = new Sources(
                store.store(),
                new AttributeTable(database),
                settings(OptionalInt.empty()),
                new StoreReachability(InstantSource.system()));
    }

    @BeforeAll
    static void startServer() throws IOException {
        sshd = SshdServer.start();
    }

    @AfterAll
    static void stopServer() {
        sshd().close();
    }

    @AfterEach
    void close() {
        sources.close();
        client.close();
        store.close();
        database.close();
        s3.close();
    }

    private static SshdServer sshd() {
        if (sshd == null) {
            throw new IllegalStateException("not started");
        }
        return sshd;
    }

    private static PushSettings settings(OptionalInt freeSpacePercentage) {
        return new PushSettings(null, PushSettings.DEFAULT_URL_LIFETIME, freeSpacePercentage, SourceRules.PUBLIC);
    }

    /** A single remote. */
    private final class OneRemote implements Remotes {
        private Optional<Capabilities> known = Optional.empty();

        @Override
        public Optional<Remote> find(String name) {
            return Optional.of(remote());
        }

        @Override
        public List<Remote> all() {
            return List.of(remote());
        }

        @Override
        public boolean isConfigured(String name) {
            return true;
        }

        @Override
        public void put(Remote value) {
            throw new UnsupportedOperationException();
        }

        @Override
        public boolean remove(String name) {
            throw new UnsupportedOperationException();
        }

        @Override
        public Optional<Capabilities> capabilities(String name) {
            return known;
        }

        @Override
        public void remember(String name, Capabilities capabilities) {
            known = Optional.of(capabilities);
        }
    }

    private Remote remote() {
        try {
            return remote == null ? remote(sshd(), TransferMode.AUTO) : remote;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Remote remote(SshdServer server, TransferMode mode) throws IOException {
        return remote(server, mode, Remote.DEFAULT_MAX_CHANNELS);
    }

    private static Remote remote(SshdServer server, TransferMode mode, int maxChannels) throws IOException {
        return new Remote(
                "vault",
                "127.0.0.1",
                server.port(),
                server.user(),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null),
                List.of(server.hostKey()),
                List.of(),
                mode,
                Remote.DEFAULT_MAX_JOBS,
                maxChannels,
                OptionalInt.empty(),
                "");
    }

    private byte[] put(String key, int seed, int size) {
        byte[] content = Bytes.random(seed, size);
        s3.putObject(request -> request.bucket(bucket).key(key), AsyncRequestBody.fromBytes(content))
                .join();
        return content;
    }

    private PushKind kind(OptionalInt freeSpacePercentage) {
        return kind(freeSpacePercentage, client);
    }

    private PushKind kind(OptionalInt freeSpacePercentage, RemoteClient connecting) {
        return new PushKind(
                sources,
                new OneRemote(),
                connecting,
                new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                settings(freeSpacePercentage),
                new SentTable(database),
                new PushRights(accounts::find));
    }

    private NewJob job(String key, String path, boolean overwrite, boolean makeFolders, @Nullable TransferMode mode) {
        return job(key, path, overwrite, makeFolders, mode, "administrator");
    }

    private NewJob job(
            String key,
            String path,
            boolean overwrite,
            boolean makeFolders,
            @Nullable TransferMode mode,
            @Nullable String authority) {
        PushRequest request = new PushRequest(
                bucket,
                key,
                null,
                null,
                null,
                null,
                null,
                path,
                key.substring(key.lastIndexOf('/') + 1),
                false,
                List.of(),
                List.of(),
                null,
                overwrite,
                makeFolders,
                mode,
                authority,
                null);
        return new NewJob(
                UUID.randomUUID().toString(),
                PushKind.NAME,
                StoredJson.write(request),
                "vault",
                key,
                path,
                0,
                null,
                "test",
                "",
                null);
    }

    /** The accounts that may log in now. */
    private static final class Accounts {
        private @Nullable Account ann;

        Optional<Account> find(String name) {
            return name.equals("ann") ? Optional.ofNullable(ann) : Optional.empty();
        }

        void set(Set<AccountOption> options, Set<String> remotes) {
            ann = new Account(
                            "ann",
                            List.of(new Mount(VirtualPath.ROOT, "bucket", "", false)),
                            Set.of(Permission.READ),
                            options,
                            Account.UNLIMITED)
                    .withRemotes(remotes);
        }
    }

    private final Accounts accounts = new Accounts();

    /** Runs a job that ann has ordered; an earlier version only stored who submitted it. */
    private void assertRefused(String path, String reason) {
        assertThatThrownBy(() -> push(job("source", path, true, true, null, "account ann")))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining(reason);
    }

    @Test
    void aJobHasItsAccountsCurrentPermissions() throws Exception {
        byte[] content = put("source", 1, 1000);
        Remote vault = remote(sshd(), TransferMode.AUTO);
        remote = vault;
        Path in = Files.createDirectory(folder.resolve("in"));
        accounts.set(Set.of(AccountOption.PUSH), Set.of("vault"));
        assertRefused(in + "/a", "only administrators may push files to the remote 'vault'");
        remote = vault.withPlaces(List.of(in.toString()), false);
        push(job("source", in + "/a", false, false, null, "account ann"));
        assertThat(in.resolve("a")).hasBinaryContent(content);

        assertRefused(folder + "/b", "only into " + in);
        assertRefused(in + "/../b", "cannot be a file name");
        accounts.set(Set.of(AccountOption.PUSH), Set.of("another"));
        assertRefused(in + "/b", "slipway account set ann --remotes vault");
        accounts.set(Set.of(), Set.of("vault"));
        assertRefused(in + "/b", "does not have the option push");
        accounts.ann = null;
        assertRefused(in + "/b", "may not log in any more");
        assertThatThrownBy(() -> push(job("source", in + "/b", false, false, null, null)))
                .as("an order that an earlier version has kept")
                .hasMessageContaining("the account 'test' may not log in any more");
        accounts.set(Set.of(AccountOption.ADMIN), Set.of());
        push(job("source", in + "/c", false, false, null, "account ann"));
        assertThat(in).isDirectoryNotContaining("glob:**/b");
    }

    @Test
    void aJobContinuesOnlyIfItIsStillPermitted() throws Exception {
        put("source", 1, 1000);
        Remote vault = remote(sshd(), TransferMode.AUTO);
        Path in = Files.createDirectory(folder.resolve("in"));
        NewJob job = job("source", in + "/a", false, false, null, "account ann");
        accounts.set(Set.of(AccountOption.PUSH), Set.of("vault"));
        remote = vault.withPlaces(List.of(in.toString()), false);
        TestRun cut = cutBeforeRename(job);
        remote = vault.withPlaces(List.of(folder + "/other"), false);
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(new TestRun(job, cut.checkpoint())))
                .hasMessageContaining("only into " + folder + "/other");
        assertThat(in.resolve("a")).doesNotExist();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/.ssh/authorized_keys", "/.bashrc", "/a/.config/b", "/plain/key", "/.ssh/"})
    void filesThatBeginWithADotAreRefusedUnlessTheRemoteAllowsThem(String path) throws Exception {
        byte[] content = put("source", 1, 1000);
        Remote vault = remote(sshd(), TransferMode.AUTO);
        remote = vault;
        Path ssh = Files.createDirectory(folder.resolve(".ssh"));
        Path keys = Files.writeString(ssh.resolve("authorized_keys"), "mine");
        // Leads to a file that must not be written.
        Files.createSymbolicLink(folder.resolve("plain"), ssh);
        for (List<String> folders : List.of(List.<String>of(), List.of(folder.toString()))) {
            remote = vault.withPlaces(folders, false);
            assertThatThrownBy(() -> push(job("source", folder + path, true, true, null)))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                    .hasMessageContaining("begins with a dot")
                    .hasMessageContaining("slipway remote set vault --dot-files");
        }
        assertThat(keys).hasContent("mine");
        assertThat(ssh).isDirectoryNotContaining("glob:**/{key,source}");
        remote = vault.withPlaces(List.of(folder.toString()), true);
        push(job("source", folder + path, true, true, null));
        assertThat(folder.resolve(path.substring(1) + (path.endsWith("/") ? "source" : "")))
                .hasBinaryContent(content);
        remote = vault.withPlaces(List.of(ssh.toString()), false);
        push(job("source", ssh + "/named-on-purpose", true, true, null));
    }

    private JobResult push(NewJob job) throws JobException, JobStoppedException {
        return kind(OptionalInt.empty()).run(new TestRun(job, ""));
    }

    private void assertOnly(Path file, byte[] content) throws IOException {
        assertThat(file).hasBinaryContent(content);
        try (Stream<Path> files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    static Stream<Arguments> sizes() {
        return Stream.of(TransferMode.DIRECT, TransferMode.STREAMING)
                .flatMap(mode -> Stream.of(0, 1, 3, 4, 5, 8 * MIB - 1, 8 * MIB, 8 * MIB + 1, 35 * MIB + 7)
                        .map(size -> Arguments.of(mode, size)));
    }

    /** The disappearance of the temporary file after a refused rename is not mistaken for the rename. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRefusedRenameIsNotMistakenForADelivery(boolean atomic) throws Exception {
        byte[] content = put("source", 1, 1000);
        SshdServer.Options options = SshdServer.options();
        try (SshdServer server = (atomic ? options : options.withoutRequests("posix-rename")).start()) {
            remote = remote(server, TransferMode.STREAMING);
            refuseRename(content);
        }
    }

    private void refuseRename(byte[] content) throws Exception {
        NewJob job = job("source", folder + "/target", true, false, TransferMode.STREAMING);
        Path target = folder.resolve("target");
        TestRun first = new TestRun(job, "").watchedBy(now -> {
            if (now.checkpoint().contains("\"renaming\":true") && !Files.exists(target)) {
                // A file cannot replace a folder.
                assertThat(target.toFile().mkdir()).isTrue();
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(first)).isInstanceOf(JobException.class);
        assertThat(first.phases()).contains("renaming");
        Files.delete(target);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path temporary : files.toList()) {
                Files.delete(temporary);
            }
        }

        assertThat(kind(OptionalInt.empty()).run(new TestRun(job, first.checkpoint())))
                .isInstanceOf(JobResult.Done.class);
        assertOnly(target, content);
    }

    /** It may be on a file system that is not mounted at the moment. */
    @Test
    void ifTheFolderIsMissingNothingWasDelivered() throws Exception {
        put("source", 1, 1000);
        Path own = Files.createDirectory(folder.resolve("own"));
        NewJob job = job("source", own + "/target", false, false, TransferMode.STREAMING);
        TestRun first = new TestRun(job, "").watchedBy(now -> {
            if (now.checkpoint().contains("\"renaming\":true")) {
                throw new IllegalStateException("killed");
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(first)).isInstanceOf(IllegalStateException.class);
        Path elsewhere = Files.move(own, folder.resolve("elsewhere"));

        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(new TestRun(job, first.checkpoint())))
                .isInstanceOf(JobException.class)
                .hasMessageContaining(own + " is missing");
        Files.move(elsewhere, own);
        assertThat(kind(OptionalInt.empty()).run(new TestRun(job, first.checkpoint())))
                .isInstanceOf(JobResult.Done.class);
        assertThat(own.resolve("target")).hasSize(1000);
    }

    @ParameterizedTest
    @MethodSource("sizes")
    void filesOfAllSizesArriveCompletely(TransferMode mode, int size) throws Exception {
        byte[] content = put("source", size + 1, size);
        Instant before = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        JobResult result = push(job("source", folder + "/target", false, false, mode));
        assertThat(result).isInstanceOf(JobResult.Done.class);
        assertOnly(folder.resolve("target"), content);
        assertThat(Files.getLastModifiedTime(folder.resolve("target")).toInstant())
                .isAfterOrEqualTo(before);
    }

    /** Offsets beyond those of an int; the store assembles the object from copies of a smaller one. */
    @Test
    void twoGibibytesArriveCompletely() throws Exception {
        long size = 2048L * MIB;
        // Neither is a multiple of the other, so that misplaced bytes differ.
        byte[] part = put("part", 1, 65 * MIB);
        String id = s3.createMultipartUpload(request -> request.bucket(bucket).key("source"))
                .join()
                .uploadId();
        List<CompletableFuture<CompletedPart>> copies = new ArrayList<>();
        for (long offset = 0; offset < size; offset += part.length) {
            int number = copies.size() + 1;
            long length = Math.min(part.length, size - offset);
            copies.add(s3.uploadPartCopy(request -> request.sourceBucket(bucket)
                            .sourceKey("part")
                            .copySourceRange("bytes=0-" + (length - 1))
                            .destinationBucket(bucket)
                            .destinationKey("source")
                            .uploadId(id)
                            .partNumber(number))
                    .thenApply(copy -> CompletedPart.builder()
                            .partNumber(number)
                            .eTag(copy.copyPartResult().eTag())
                            .build()));
        }
        MessageDigest digest = MessageDigest.getInstance("SHA-1");
        for (long offset = 0; offset < size; offset += part.length) {
            digest.update(part, 0, (int) Math.min(part.length, size - offset));
        }
        List<CompletedPart> parts = copies.stream().map(CompletableFuture::join).toList();
        s3.completeMultipartUpload(request -> request.bucket(bucket)
                        .key("source")
                        .uploadId(id)
                        .multipartUpload(upload -> upload.parts(parts)))
                .join();
        ObjectInfo info = store.store().head(new ObjectKey(bucket, "source")).orElseThrow();
        new AttributeTable(database).putDigests(info, Map.of(DigestAlgorithm.SHA1, digest.digest()));

        JobResult result = push(job("source", folder + "/target", false, false, TransferMode.DIRECT));
        assertThat(result)
                .isInstanceOfSatisfying(
                        JobResult.Done.class,
                        done -> assertThat(done.message()).contains(size + " bytes, SHA1 compared"));
        assertThat(folder.resolve("target")).hasSize(size);
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).containsExactly(folder.resolve("target"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "it's",
                "a \"quoted\" name",
                "$(touch hacked)",
                "`touch hacked`",
                "two\nlines",
                "-rf",
                "🚢 ä",
                "semi;colon&|<>*?[a]\\",
                "%41+%%"
            })
    void namesAreTakenLiterally(String name) throws Exception {
        for (TransferMode mode : List.of(TransferMode.DIRECT, TransferMode.STREAMING)) {
            byte[] content = put("in/" + name, 7, 100);
            Path target = Files.createDirectories(folder.resolve(mode + name));
            assertThat(push(job("in/" + name, target + "/", false, false, mode)))
                    .isInstanceOf(JobResult.Done.class);
            assertOnly(target.resolve(name), content);
        }
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files).hasSize(2);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void anExistingFileIsReplacedOnlyOnRequest(TransferMode mode) throws Exception {
        byte[] content = put("source", 1, 1000);
        Path target = Files.writeString(folder.resolve("target"), "old");
        assertThatThrownBy(() -> push(job("source", target.toString(), false, false, mode)))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining("already exists");
        assertOnly(target, "old".getBytes(StandardCharsets.UTF_8));
        push(job("source", target.toString(), true, false, mode));
        assertOnly(target, content);
    }

    @Test
    void foldersAreCreatedOnlyOnRequest() throws Exception {
        byte[] content = put("source", 1, 1000);
        assertThatThrownBy(() -> push(job("source", folder + "/a/b/target", false, false, null)))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining("no folder " + folder + "/a/b");
        assertThat(folder).isEmptyDirectory();
        push(job("source", folder + "/a/b/target", false, true, null));
        assertOnly(folder.resolve("a/b/target"), content);
    }

    /** A key may contain anything; somebody who names objects must not decide what is written where. */
    @ParameterizedTest
    @ValueSource(strings = {"/x/../../outside", "//double", "/./dot", "/..", "/in\0side"})
    void anInvalidPathIsRefused(String path) throws Exception {
        put("source", 1, 10);
        assertThatThrownBy(() -> push(job("source", folder + path, false, true, null)))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining("cannot be a file name");
        assertThat(folder).isEmptyDirectory();
        assertThat(folder.resolveSibling("outside")).doesNotExist();
    }

    /** As files such as .bashrc do, which shells also read for commands, and programs around a shell. */
    @ParameterizedTest
    @EnumSource(
            value = TransferMode.class,
            names = {"DIRECT", "STREAMING"})
    void outputOfTheShellsStartFilesBreaksNothing(TransferMode mode) throws Exception {
        byte[] content = put("source", 1, 20 * MIB);
        try (SshdServer server = SshdServer.options()
                .config("ForceCommand echo 'Welcome to vault'; echo 'since yesterday' >&2;"
                        + " case \"$SSH_ORIGINAL_COMMAND\" in internal-sftp*) exec /usr/lib/openssh/sftp-server;; esac;"
                        + " sh -c \"$SSH_ORIGINAL_COMMAND\"; code=$?; echo 'Good bye'; echo 'Good bye' >&2; exit $code")
                .start()) {
            remote = remote(server, mode);
            JobResult result = push(job("source", folder + "/target", false, false, mode));
            assertThat(result)
                    .isInstanceOfSatisfying(
                            JobResult.Done.class,
                            done -> assertThat(done.message()).contains("MD5 compared"));
            assertOnly(folder.resolve("target"), content);
        }
    }

    @Test
    void theStoresOwnCodeIsReportedIfItRefusesTheRemote() throws Exception {
        put("source", 1, 1000);
        remote = remote(sshd(), TransferMode.DIRECT);
        URI unsigned = endpoint.resolve("/" + bucket + "/source");
        try (RemoteConnection connection = client.connect(remote())) {
            assertThat(DirectTransfer.ask(connection, new PresignedRequest(unsigned, Map.of())))
                    .isInstanceOfSatisfying(
                            StoreAnswer.Reached.class,
                            answer -> assertThat(answer.describe()).contains("403 AccessDenied"));
        }
    }

    @Test
    void missingFilesAreReported() {
        assertThatThrownBy(() -> push(job("missing", folder + "/target", false, false, null)))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining("there is no object");
        assertThat(folder).isEmptyDirectory();
    }

    /** Runs a job until it is about to rename, and drops the connection there. */
    private TestRun cutBeforeRename(NewJob job) {
        TestRun run = new TestRun(job, "");
        try (RemoteClient cut = WatchedClient.of((connection, step) -> {
            if (step.equals(BEFORE_RENAME)) {
                connection.close();
            }
        })) {
            assertThatThrownBy(() -> kind(OptionalInt.empty(), cut).run(run))
                    .isInstanceOfSatisfying(
                            JobException.class,
                            e -> assertThat(e.isRetryable()).as(e.getMessage()).isTrue());
        }
        return run;
    }

    private Path temporary(NewJob job) {
        return folder.resolve(".slipway-" + job.id() + ".part");
    }

    /** The first attempt's request arrives while the second attempt makes its own, and the file is removed at once. */
    @Test
    void aLateRenameByASlowRemoteCounts() throws Exception {
        put("source", 1, 1000);
        NewJob job = job("source", folder + "/target", false, false, TransferMode.STREAMING);
        TestRun first = cutBeforeRename(job);
        assertThat(temporary(job)).exists();
        try (RemoteClient late = WatchedClient.of((_, step) -> {
            if (step.equals(BEFORE_RENAME)) {
                Files.delete(temporary(job));
            }
        })) {
            TestRun second = new TestRun(job, first.checkpoint());
            assertThat(kind(OptionalInt.empty(), late).run(second)).isInstanceOf(JobResult.Done.class);
        }
        assertThat(folder).isEmptyDirectory();
    }

    /** A temporary file that differs from the compared one is discarded, which is not mistaken for the rename. */
    @Test
    void aTemporaryFileChangedAfterTheComparisonIsSentAgain() throws Exception {
        byte[] content = put("source", 1, 1000);
        NewJob job = job("source", folder + "/target", false, false, TransferMode.STREAMING);
        TestRun first = cutBeforeRename(job);
        Files.write(temporary(job), new byte[10]);
        TestRun second = new TestRun(job, first.checkpoint()).watchedBy(_ -> {
            if (!Files.exists(temporary(job))) {
                throw new IllegalStateException("killed when it was removed");
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(second)).isInstanceOf(IllegalStateException.class);
        assertThat(folder).isEmptyDirectory();
        kind(OptionalInt.empty()).run(new TestRun(job, second.checkpoint()));
        assertOnly(folder.resolve("target"), content);
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void aPushResumesAfterTheServerWasKilled(TransferMode mode) throws Exception {
        try (SshdServer server = SshdServer.start()) {
            remote = remote(server, mode);
            byte[] content = put("source", 1, 160 * MIB);
            NewJob job = job("source", folder + "/target", false, false, mode);
            TestRun run = new TestRun(job, "");
            AtomicBoolean killed = new AtomicBoolean();
            run.watchedBy(now -> {
                if (now.bytesDone() >= 48 * MIB && killed.compareAndSet(false, true)) {
                    server.kill();
                }
            });
            assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isTrue());
            assertThat(folder.resolve("target")).doesNotExist();
            server.restart();
            AtomicBoolean fromTheBeginning = new AtomicBoolean();
            TestRun next = new TestRun(job, run.checkpoint()).watchedBy(now -> {
                if (now.phases().getLast().equals("sending") && now.bytesDone() < 32 * MIB) {
                    fromTheBeginning.set(true);
                }
            });
            assertThat(kind(OptionalInt.empty()).run(next)).isInstanceOf(JobResult.Done.class);
            assertThat(fromTheBeginning).isFalse();
            assertOnly(folder.resolve("target"), content);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void versionsOfASourceAreNeverMixed(TransferMode mode) throws Exception {
        put("source", 1, 100 * MIB);
        NewJob job = job("source", folder + "/target", false, false, mode);
        TestRun run = new TestRun(job, "");
        AtomicBoolean replaced = new AtomicBoolean();
        run.watchedBy(now -> {
            if (now.bytesDone() > 0 && replaced.compareAndSet(false, true)) {
                put("source", 2, 20 * MIB);
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isTrue());
        kind(OptionalInt.empty()).run(new TestRun(job, run.checkpoint()));
        assertOnly(folder.resolve("target"), Bytes.random(2, 20 * MIB));
    }

    @Test
    void aStopEndsSoonAndDiscardLeavesNothing() throws Exception {
        put("source", 1, 160 * MIB);
        NewJob job = job("source", folder + "/target", false, false, null);
        TestRun run = new TestRun(job, "");
        run.watchedBy(now -> {
            if (now.bytesDone() > 0) {
                now.stop();
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run)).isInstanceOf(JobStoppedException.class);
        kind(OptionalInt.empty()).discard(new TestRun(job, run.checkpoint()));
        assertThat(folder).isEmptyDirectory();
    }

    /** Neither the signed URL nor a header is visible to others on the remote, in the process list when curl begins. */
    @Test
    void noSecretAppearsInTheProcessList() throws Exception {
        put("source", 1, 1000);
        Path seen = folder.resolveSibling("processes");
        try (SshdServer server = SshdServer.options()
                .replacing("curl", curl -> """
                        { cat /proc/[0-9]*/cmdline | tr '\\0' ' '; printf '%%s ' "its own:" "$@"; } >>%s 2>/dev/null
                        exec %s "$@"
                        """.formatted(seen, curl))
                .start()) {
            remote = remote(server, TransferMode.DIRECT);
            push(job("source", folder + "/target", false, false, null));
        }
        assertThat(Files.readString(seen, StandardCharsets.ISO_8859_1))
                .contains("sshd", "its own: -q --config - ")
                .doesNotContain("X-Amz-Signature");
    }

    /** A store may refuse addresses, and a proxy may stand between the two. */
    @ParameterizedTest
    @ValueSource(ints = {403, 407})
    void aRemoteThatIsRefusedIsServedByStreaming(int status) throws Exception {
        byte[] content = put("source", 1, 9 * MIB);
        HttpServer proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        AtomicInteger requests = new AtomicInteger();
        proxy.createContext("/", exchange -> {
            requests.incrementAndGet();
            byte[] answer = "<Error><Code>AccessDenied</Code><Message>not from here</Message></Error>"
                    .getBytes(StandardCharsets.US_ASCII);
            exchange.sendResponseHeaders(status, answer.length);
            try (var body = exchange.getResponseBody()) {
                body.write(answer);
            }
        });
        proxy.start();
        try (SshdServer server = SshdServer.options()
                .replacing(
                        "curl",
                        curl -> "export http_proxy=http://127.0.0.1:"
                                + proxy.getAddress().getPort() + "; exec " + curl + " \"$@\"")
                .start()) {
            remote = remote(server, TransferMode.AUTO);
            TestRun first = new TestRun(job("source", folder + "/one", false, false, null), "");
            kind(OptionalInt.empty()).run(first);
            assertThat(folder.resolve("one")).hasBinaryContent(content);
            assertThat(first.phases()).contains("sending");
            assertThat(requests).hasPositiveValue();

            requests.set(0);
            push(job("source", folder + "/two", false, false, null));
            assertThat(requests).as("it is remembered").hasValue(0);

            assertThatThrownBy(() -> push(job("source", folder + "/three", false, false, TransferMode.DIRECT)))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                    .hasMessageContaining("HTTP " + status + " AccessDenied (not from here)");
        } finally {
            proxy.stop(0);
        }
    }

    @Test
    void aServerWithoutRangesIsServedByStreaming() throws Exception {
        byte[] content = Bytes.random(1, 20 * MIB);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                if (exchange.getRequestURI().getPath().equals("/moved")) {
                    exchange.getResponseHeaders().set("Location", "/file");
                    exchange.sendResponseHeaders(302, -1);
                } else {
                    exchange.sendResponseHeaders(200, content.length);
                    exchange.getResponseBody().write(content);
                }
            }
        });
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/moved");
        PushSettings settings = new PushSettings(
                null,
                PushSettings.DEFAULT_URL_LIFETIME,
                OptionalInt.empty(),
                new SourceRules(List.of(), List.of(Network.parse("127.0.0.1"))));
        try (Sources urls = new Sources(
                store.store(), new AttributeTable(database), settings, new StoreReachability(InstantSource.system()))) {
            SecretBox secrets = new SecretBox(new byte[SecretBox.KEY_LENGTH]);
            PushKind kind = new PushKind(
                    urls,
                    new OneRemote(),
                    client,
                    secrets,
                    settings,
                    new SentTable(database),
                    new PushRights(accounts::find));
            TestRun run = new TestRun(urlJob(secrets, url, folder + "/target", null), "");
            assertThat(kind.run(run)).isInstanceOf(JobResult.Done.class);
            assertThat(run.phases()).contains("sending");
            assertOnly(folder.resolve("target"), content);
            assertThatThrownBy(() ->
                            kind.run(new TestRun(urlJob(secrets, url, folder + "/other", TransferMode.DIRECT), "")))
                    .hasMessageContaining("does not support ranges");
        } finally {
            server.stop(0);
        }
    }

    private static NewJob urlJob(SecretBox secrets, URI url, String path, @Nullable TransferMode mode) {
        String id = UUID.randomUUID().toString();
        PushRequest request = new PushRequest(
                "",
                "",
                null,
                null,
                null,
                UrlSource.describe(url),
                secrets.seal(PushKind.context(id), StoredJson.write(new SealedOrder(url.toString(), Map.of(), null))),
                path,
                "file",
                false,
                List.of(),
                List.of(),
                null,
                false,
                false,
                mode,
                "administrator",
                null);
        return new NewJob(
                id, PushKind.NAME, StoredJson.write(request), "vault", "url", path, 0, null, "test", "", null);
    }

    @Test
    void aRemoteThatCannotReachTheStoreIsServedByStreaming() throws Exception {
        byte[] content = put("source", 1, 20 * MIB);
        PushSettings elsewhere = new PushSettings(
                URI.create("http://127.0.0.1:9"),
                PushSettings.DEFAULT_URL_LIFETIME,
                OptionalInt.empty(),
                SourceRules.PUBLIC);
        try (Sources unreachable = new Sources(
                store.store(),
                new AttributeTable(database),
                elsewhere,
                new StoreReachability(InstantSource.system()))) {
            PushKind kind = new PushKind(
                    unreachable,
                    new OneRemote(),
                    client,
                    new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                    elsewhere,
                    new SentTable(database),
                    new PushRights(accounts::find));
            assertThat(kind.run(new TestRun(job("source", folder + "/target", false, false, null), "")))
                    .isInstanceOf(JobResult.Done.class);
            assertOnly(folder.resolve("target"), content);
            TestRun insisting = new TestRun(job("source", folder + "/other", false, false, TransferMode.DIRECT), "");
            assertThatThrownBy(() -> kind.run(insisting))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isTrue());
        }
    }

    /**
     * The file cannot become larger than the first range without its last block. curl reports the whole range
     * nevertheless, and a file based on that would have a hole: only the file's digest, if there is one, would reveal
     * it.
     */
    @Test
    void bytesThatCurlCountedButDidNotWriteAreFetchedAgain() throws Exception {
        int range = 16 * MIB;
        byte[] content = put("source", 1, range + MIB);
        Path begun = folder.resolveSibling("begun");
        try (SshdServer server = SshdServer.options()
                .replacing("curl", curl -> """
                        case "$*" in *--version*) exec %3$s "$@";; esac
                        if [ ! -e %1$s ]; then
                          : > %1$s
                          trap '' XFSZ
                          ulimit -f %2$s
                        fi
                        exec %3$s "$@"
                        """.formatted(begun, range / 512 - 1, curl))
                .start()) {
            remote = remote(server, TransferMode.DIRECT, 1);
            NewJob job = job("source", folder + "/target", false, false, null);
            TestRun run = new TestRun(job, "");
            assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isTrue())
                    .hasMessageContaining("cannot write the file");
            assertThat(temporary(job)).hasSize(range - 512);
            kind(OptionalInt.empty()).run(new TestRun(job, run.checkpoint()));
            assertOnly(folder.resolve("target"), content);
        }
    }

    @Test
    void aRemoteWithoutCurlOrShellIsServedByStreaming() throws Exception {
        byte[] content = put("source", 1, 9 * MIB);
        try (SshdServer server =
                SshdServer.options().without("curl", "sha256sum").start()) {
            remote = remote(server, TransferMode.AUTO);
            push(job("source", folder + "/one", false, false, null));
            assertThatThrownBy(() -> push(job("source", folder + "/two", false, false, TransferMode.DIRECT)))
                    .hasMessageContaining("no shell with curl");
        }
        try (SshdServer server = SshdServer.options().internalSftpOnly().start()) {
            remote = remote(server, TransferMode.AUTO);
            push(job("source", folder + "/one", true, false, null));
        }
        assertOnly(folder.resolve("one"), content);
    }

    /** As on RHEL 6. */
    @Test
    void aRemoteWithAVeryOldCurlIsServedByStreaming() throws Exception {
        byte[] content = put("source", 1, 9 * MIB);
        Path used = folder.resolveSibling("used");
        try (SshdServer server =
                SshdServer.options().replacing("curl", _ -> """
                        case "$*" in *--version*) echo 'curl 7.19.7 (x86_64-redhat-linux-gnu) libcurl/7.19.7'; exit;; esac
                        : > %s
                        exit 2
                        """.formatted(used)).start()) {
            remote = remote(server, TransferMode.AUTO);
            push(job("source", folder + "/one", false, false, null));
            assertThatThrownBy(() -> push(job("source", folder + "/two", false, false, TransferMode.DIRECT)))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                    .hasMessageContaining("its curl is 7.19.7, and 7.29 or later is needed");
        }
        assertOnly(folder.resolve("one"), content);
        assertThat(used).doesNotExist();
    }

    /** By default, OpenSSH allows ten channels on a connection; one of them is not for content. */
    @ParameterizedTest
    @EnumSource(names = {"DIRECT", "STREAMING"})
    void aServerWithFewChannelsReceivesMoreParts(TransferMode mode) throws Exception {
        byte[] content = put("source", 1, 41 * MIB);
        try (SshdServer server = SshdServer.options().config("MaxSessions 3").start()) {
            remote = remote(server, mode, 5);
            TestRun run = new TestRun(job("source", folder + "/target", false, false, mode), "");
            assertThat(kind(OptionalInt.empty()).run(run)).isInstanceOf(JobResult.Done.class);
            assertOnly(folder.resolve("target"), content);
            assertThat(server.log()).contains("no more sessions");
        }
    }

    /**
     * Like a file system that writes later and has no space then: everything written is confirmed, and lost. OpenSSH's
     * server never reports this on the file systems of this machine, so this uses another server.
     */
    @Test
    void bytesLostByAFailedCloseAreSentAgain() throws Exception {
        byte[] content = put("source", 1, 20 * MIB);
        AtomicInteger failures = new AtomicInteger();
        SftpSubsystemFactory sftp = new SftpSubsystemFactory();
        sftp.addSftpEventListener(new SftpEventListener() {
            @Override
            public void closing(ServerSession session, String handle, Handle file) throws IOException {
                if (Files.size(file.getFile()) > 0 && failures.getAndIncrement() == 0) {
                    Files.write(file.getFile(), new byte[MIB], StandardOpenOption.WRITE);
                    throw new IOException("quota");
                }
            }
        });
        try (SshServer server = SshServer.setUpDefaultServer()) {
            server.setIoServiceFactoryFactory(new Nio2ServiceFactoryFactory());
            server.setHost("127.0.0.1");
            SimpleGeneratorHostKeyProvider keys = new SimpleGeneratorHostKeyProvider();
            keys.setAlgorithm("EC");
            server.setKeyPairProvider(keys);
            server.setPasswordAuthenticator((user, password, session) -> password.equals("secret"));
            server.setSubsystemFactories(List.of(sftp));
            server.start();
            remote = new Remote(
                    "vault",
                    "127.0.0.1",
                    server.getPort(),
                    "ann",
                    new Credentials.Password("secret"),
                    List.of(PublicKeyEntry.toString(
                            client.hostKeys("127.0.0.1", server.getPort()).getFirst())),
                    List.of(),
                    TransferMode.STREAMING,
                    Remote.DEFAULT_MAX_JOBS,
                    Remote.DEFAULT_MAX_CHANNELS,
                    OptionalInt.empty(),
                    "");
            NewJob job = job("source", folder + "/target", false, false, null);
            TestRun run = new TestRun(job, "");
            assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run))
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isTrue());
            assertThat(folder).as("it takes no room meanwhile").isEmptyDirectory();
            assertThat(kind(OptionalInt.empty()).run(new TestRun(job, run.checkpoint())))
                    .isInstanceOf(JobResult.Done.class);
            assertOnly(folder.resolve("target"), content);
        }
    }

    /**
     * On a server without a request that replaces a file, which fails between the two requests that are used instead.
     */
    @Test
    void aReplacedFileIsRestoredAfterAnyFailure() throws Exception {
        byte[] content = put("source", 1, 1000);
        try (SshdServer server =
                SshdServer.options().withoutRequests("posix-rename").start()) {
            remote = remote(server, TransferMode.AUTO);
            PushKind kind = kind(OptionalInt.empty());
            Path target = Files.writeString(folder.resolve("target"), "old");
            NewJob job = job("source", target.toString(), true, false, null);
            TestRun run = new TestRun(job, "").watchedBy(now -> {
                if (now.checkpoint().contains("\"renaming\":true")) {
                    throw new IllegalStateException("killed");
                }
            });
            assertThatThrownBy(() -> kind.run(run)).hasMessage("killed");
            Path aside = folder.resolve(".slipway-" + job.id() + ".old");

            Files.move(target, aside);
            kind.run(new TestRun(job, run.checkpoint()));
            assertOnly(target, content);

            Files.move(target, folder.resolve(".slipway-" + job.id() + ".part"));
            Files.writeString(aside, "old");
            kind.discard(new TestRun(job, run.checkpoint()));
            assertOnly(target, "old".getBytes(StandardCharsets.UTF_8));

            // The compared file does not exist any more, and the source was deleted.
            Files.move(target, aside);
            Path part = Files.write(folder.resolve(".slipway-" + job.id() + ".part"), new byte[10]);
            s3.deleteObject(request -> request.bucket(bucket).key("source")).join();
            assertThatThrownBy(() -> kind.run(new TestRun(job, run.checkpoint())))
                    .hasMessageContaining("there is no object");
            Files.delete(part);
            assertOnly(target, "old".getBytes(StandardCharsets.UTF_8));
        }
    }

    @Test
    void linksDoNotLeadOutOfTheFolders() throws Exception {
        byte[] content = put("source", 1, 1000);
        Path real = Files.createDirectory(folder.resolve("real"));
        Path outside = Files.createDirectory(folder.resolve("outside"));
        Path beside = Files.createDirectory(folder.resolve("real-not"));
        Path inside = Files.createDirectory(real.resolve("inside"));
        Path allowed = Files.createSymbolicLink(folder.resolve("in"), real);
        Files.createSymbolicLink(real.resolve("out"), outside);
        Files.createSymbolicLink(real.resolve("beside"), beside);
        Files.createSymbolicLink(real.resolve("nowhere"), folder.resolve("new"));
        Files.createSymbolicLink(real.resolve("back"), inside);
        remote = new Remote(
                "vault",
                "127.0.0.1",
                sshd().port(),
                sshd().user(),
                new Credentials.PrivateKey(Files.readString(sshd().userKey()), null),
                List.of(sshd().hostKey()),
                List.of("/not/there/yet", allowed + "/"),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                Remote.DEFAULT_MAX_CHANNELS,
                OptionalInt.empty(),
                "");
        for (String path : List.of("/out/target", "/out", "/out/", "/out/a/b/target", "/beside/target")) {
            assertThatThrownBy(() -> push(job("source", allowed + path, true, true, null)))
                    .as(path)
                    .isInstanceOfSatisfying(
                            JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                    .hasMessageContaining("nothing may be written");
        }
        assertThatThrownBy(() -> push(job("source", allowed + "/nowhere/target", true, true, null)))
                .isInstanceOf(JobException.class);
        assertThat(outside).isEmptyDirectory();
        assertThat(beside).isEmptyDirectory();
        assertThat(folder.resolve("new")).doesNotExist();

        push(job("source", allowed + "/a/b/target", false, true, null));
        assertOnly(real.resolve("a/b/target"), content);
        push(job("source", allowed + "/back/target", false, false, null));
        assertOnly(inside.resolve("target"), content);

        // A path that leads elsewhere by the time of the next attempt.
        NewJob job = job("source", allowed + "/a/b/other", false, false, null);
        TestRun run = new TestRun(job, "");
        run.watchedBy(now -> {
            if (!now.checkpoint().isEmpty()) {
                throw new IllegalStateException("killed");
            }
        });
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(run)).hasMessage("killed");
        Files.move(real.resolve("a/b"), folder.resolve("moved"));
        Files.createSymbolicLink(real.resolve("a/b"), outside);
        assertThatThrownBy(() -> kind(OptionalInt.empty()).run(new TestRun(job, run.checkpoint())))
                .hasMessageContaining("nothing may be written");
        assertThat(outside).isEmptyDirectory();
    }

    private List<String> phases(JobKind kind, String target) throws Exception {
        TestRun run = new TestRun(job("source", folder + "/" + target, true, false, null), "");
        assertThat(kind.run(run)).isInstanceOf(JobResult.Done.class);
        return run.phases();
    }

    private static final String DIRECT = "fetched by the remote";
    private static final String STREAMING = "sending";

    @Test
    void aRemoteThatCannotReachTheStoreTriesAgainOccasionally() throws Exception {
        byte[] content = put("source", 1, 1000);
        AtomicReference<Instant> now = new AtomicReference<>(Instant.EPOCH);
        try (FaultProxy network = FaultProxy.tcp(endpoint.getPort())) {
            network.refuse();
            PushSettings elsewhere = new PushSettings(
                    network.uri(), PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.empty(), SourceRules.PUBLIC);
            try (Sources unreachable = new Sources(
                    store.store(), new AttributeTable(database), elsewhere, new StoreReachability(now::get))) {
                PushKind kind = new PushKind(
                        unreachable,
                        new OneRemote(),
                        client,
                        new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                        elsewhere,
                        new SentTable(database),
                        new PushRights(accounts::find));
                assertThat(phases(kind, "1")).contains(DIRECT, STREAMING);
                assertThat(phases(kind, "2")).contains(STREAMING).doesNotContain(DIRECT);
                remote = remote(sshd(), TransferMode.AUTO, 2);
                assertThat(phases(kind, "3")).as("another remote").contains(DIRECT, STREAMING);

                network.pass();
                assertThat(phases(kind, "4")).contains(STREAMING).doesNotContain(DIRECT);
                now.set(Instant.EPOCH.plus(StoreReachability.KEPT));
                assertThat(phases(kind, "5")).contains(DIRECT).doesNotContain(STREAMING);
                assertThat(phases(kind, "6")).contains(DIRECT).doesNotContain(STREAMING);
            }
        }
        for (int i = 1; i <= 6; i++) {
            assertThat(folder.resolve(String.valueOf(i))).hasBinaryContent(content);
        }
    }

    @Test
    void theModeOfARemoteCanBeQueried() throws Exception {
        put("source", 1, 1000);
        remote = remote(sshd(), TransferMode.AUTO);
        try (FaultProxy network = FaultProxy.tcp(endpoint.getPort());
                ObjectPushes pushes = new ObjectPushes(
                        database,
                        store.store(),
                        new OneRemote(),
                        client,
                        new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                        new PushSettings(
                                network.uri(),
                                PushSettings.DEFAULT_URL_LIFETIME,
                                OptionalInt.empty(),
                                SourceRules.PUBLIC),
                        _ -> Optional.empty())) {
            JobKind kind = pushes.kinds().getFirst();
            network.refuse();
            AutoMode closed = pushes.autoMode("vault", bucket);
            assertThat(closed.mode()).isEqualTo(TransferMode.STREAMING);
            assertThat(closed.reason()).contains("does not reach the store at 127.0.0.1:" + network.port());
            assertThat(phases(kind, "1")).contains(STREAMING).doesNotContain(DIRECT);

            network.pass();
            AutoMode open = pushes.autoMode("vault", bucket);
            assertThat(open.mode()).as(open.reason()).isEqualTo(TransferMode.DIRECT);
            assertThat(open.reason()).contains("no object there (404)");
            assertThat(phases(kind, "2")).contains(DIRECT).doesNotContain(STREAMING);
            assertThat(pushes.autoMode("vault", null).mode()).isEqualTo(TransferMode.DIRECT);
        }
        try (SshdServer server = SshdServer.options().without("curl").start();
                ObjectPushes pushes = new ObjectPushes(
                        database,
                        store.store(),
                        new OneRemote(),
                        client,
                        new SecretBox(new byte[SecretBox.KEY_LENGTH]),
                        settings(OptionalInt.empty()),
                        _ -> Optional.empty())) {
            remote = remote(server, TransferMode.AUTO);
            assertThat(pushes.autoMode("vault", bucket).mode()).isEqualTo(TransferMode.STREAMING);
        }
    }
}
