package dev.slipway.ingest.pull;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.account.Account;
import dev.slipway.core.account.Mount;
import dev.slipway.core.account.Permission;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.PartPool;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.core.vfs.FileEntry;
import dev.slipway.core.vfs.ObjectFileSystems;
import dev.slipway.core.vfs.VirtualFileSystem;
import dev.slipway.ingest.schedule.RunningTaskException;
import dev.slipway.ingest.target.Targets;
import dev.slipway.testing.Patience;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.Transfers;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobSettings;
import dev.slipway.transfer.push.PushSettings;
import dev.slipway.transfer.push.SourceRules;
import dev.slipway.transfer.remote.Credentials;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.SecretBox;
import dev.slipway.transfer.remote.StoredRemotes;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** The parts of a gateway that a pull needs, with a real store, and a client that looks at what has arrived. */
final class PullingGateway implements AutoCloseable {
    static final SecretBox SECRETS = new SecretBox(new byte[SecretBox.KEY_LENGTH]);

    private final TestStore store;
    private final ObjectFileSystems fileSystems;
    private final Transfers transfers;
    private final PartPool memory = PartPool.forReservations(32L << 20);
    private final Pulls pulls;
    private final VirtualFileSystem files;

    /**
     * Starts it.
     *
     * @param store closed with this, and its database with it
     * @param bucket what pulls store in, unless they say otherwise
     */
    PullingGateway(TestStore store, String bucket, Remote remote, Clock clock, List<PullSettings> settings) {
        this.store = store;
        StateDatabase database = store.database();
        fileSystems = ObjectFileSystems.builder(store.store(), store.attributes())
                .clock(clock)
                .build();
        transfers = new Transfers(
                database,
                store.store(),
                new StoredRemotes(database, SECRETS, List.of(remote)),
                SECRETS,
                new PushSettings(null, PushSettings.DEFAULT_URL_LIFETIME, OptionalInt.empty(), SourceRules.PUBLIC),
                new JobSettings(
                        3,
                        Duration.ofHours(1),
                        Duration.ofMillis(100),
                        Duration.ofSeconds(1),
                        50,
                        Duration.ofDays(1),
                        1000,
                        Duration.ofMillis(100)),
                _ -> Optional.empty(),
                Clock.systemUTC());
        Account account = new Account(
                "reader", List.of(new Mount(VirtualPath.ROOT, bucket, "", false)), EnumSet.allOf(Permission.class));
        Targets targets = new Targets(
                fileSystems, name -> name.equals("reader") ? Optional.of(account) : Optional.empty(), bucket);
        pulls = new Pulls(settings, transfers, targets, database, memory, clock);
        files = fileSystems.open(account);
        transfers.start();
        pulls.start();
    }

    /** The remote of a server. */
    static Remote remote(SshdServer server, int port) throws IOException {
        return remote(server, port, Remote.DEFAULT_MAX_CHANNELS);
    }

    /** The remote of a server that is read on few channels. */
    static Remote remote(SshdServer server, int port, int channels) throws IOException {
        return new Remote(
                "source",
                "127.0.0.1",
                port,
                server.user(),
                new Credentials.PrivateKey(Files.readString(server.userKey()), null),
                List.of(server.hostKey()),
                List.of(),
                TransferMode.AUTO,
                Remote.DEFAULT_MAX_JOBS,
                channels,
                OptionalInt.empty(),
                "");
    }

    /** Settings of a pull named {@code p} of a folder into the bucket. */
    static SettingsBuilder<PullSettings> settings(Path folder) {
        return new SettingsBuilder<>(PullSettings.class)
                .set("name", "p")
                .set("remote", "source")
                .set("folder", folder);
    }

    Pulls pulls() {
        return pulls;
    }

    /** The jobs in the history, of whatever state. */
    long jobs() {
        return count("SELECT COUNT(*) FROM jobs");
    }

    /** A number from the database. */
    long count(String query) {
        return store.database()
                .read(handle -> handle.createQuery(query).mapTo(Long.class).one());
    }

    PartPool memory() {
        return memory;
    }

    /** What an account sees of the bucket. */
    VirtualFileSystem files() {
        return files;
    }

    /** What is stored at a path; fails if there is nothing. */
    FileEntry stat(String path) throws VfsException {
        return files.stat(VirtualPath.parse(path));
    }

    boolean isStored(String path) {
        try {
            return !stat(path).partial();
        } catch (VfsException e) {
            return false;
        }
    }

    /** Starts a run. */
    String start(boolean full) {
        try {
            return pulls.run("p", full, false, "test");
        } catch (RunningTaskException e) {
            throw new AssertionError(e);
        }
    }

    /** The job once it has ended. */
    Job await(String job) throws InterruptedException {
        Patience.await("the run ends", () -> find(job).state().isEnd());
        return find(job);
    }

    void cancel(String job) {
        boolean _ = transfers.jobs().cancel(job);
    }

    Job find(String job) {
        return transfers.jobs().find(job).orElseThrow();
    }

    /** Runs the pull, and returns what it has done, whether it has succeeded or not. */
    PullReport run(boolean full) throws InterruptedException {
        String job = start(full);
        Job _ = await(job);
        return pulls.report(job).orElse(PullReport.NOTHING);
    }

    @Override
    public void close() {
        pulls.close();
        transfers.close();
        fileSystems.close();
        store.close();
    }
}
