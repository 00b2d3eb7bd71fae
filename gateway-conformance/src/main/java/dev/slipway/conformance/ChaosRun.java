package dev.slipway.conformance;

import dev.slipway.testing.FaultProxy;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import software.amazon.awssdk.services.s3.model.MultipartUpload;

/**
 * Two gateways that share a PostgreSQL database and a MinIO, clients with random operations, and faults: of
 * connections, answers and processes, which are killed. In the end, everything must be stored as it was reported.
 */
final class ChaosRun {
    private static final Map<String, Long> OPTIONS =
            Map.of("operations", 10_000L, "faults", 5_000L, "kills", 100L, "seed", 1L, "workers", 8L, "heap", 256L);
    private static final Duration PATIENCE = Duration.ofMinutes(4);

    /** The share of the operations during which processes are killed; the rest shows that the gateways recover. */
    private static final double KILLING = 0.9;

    private final Options options;
    private final Path folder;
    private final Verdict verdict = new Verdict();
    private final Disturbances disturbances = new Disturbances();
    private final StoreFaults storeFaults = new StoreFaults();
    private final List<String> unexplained = new CopyOnWriteArrayList<>();
    private final Set<String> leftByStore = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService timer = Executors.newScheduledThreadPool(2);
    private final List<ChaosNode> nodes = new ArrayList<>();
    private final AtomicInteger operations = new AtomicInteger();
    private final AtomicInteger faults = new AtomicInteger();
    private final AtomicInteger kills = new AtomicInteger();
    private final AtomicInteger resumes = new AtomicInteger();
    private final Site site;
    private final EmbeddedPostgres postgres;
    private volatile boolean stopped;
    private volatile boolean calm;

    private ChaosRun(Options options, Path folder, Site site, EmbeddedPostgres postgres) {
        this.options = options;
        this.folder = folder;
        this.site = site;
        this.postgres = postgres;
    }

    /** Runs it: see {@code conformance/README.md} for the options. Returns the exit code. */
    static int run(List<String> arguments, Path folder) throws IOException, InterruptedException, SQLException {
        Options options = Options.parse(arguments, OPTIONS);
        try (Site site = new Site();
                EmbeddedPostgres postgres = EmbeddedPostgres.start()) {
            return new ChaosRun(options, folder, site, postgres).run();
        }
    }

    private int run() throws IOException, InterruptedException, SQLException {
        long begin = System.nanoTime();
        List<String> accounts = new ArrayList<>();
        for (int i = 0; i < options.count("workers"); i++) {
            accounts.add("w" + i + "x");
        }
        try {
            for (String name : List.of("a", "b")) {
                nodes.add(start(name, accounts));
            }
            List<ChaosWorker> workers = work();
            System.out.printf("Comparing ... (%d s)%n", secondsSince(begin));
            calm = true;
            // By then, the gateways' caches of directories have expired.
            Thread.sleep(Duration.ofSeconds(5));
            for (ChaosWorker worker : workers) {
                worker.compareAll();
            }
            compareUploads(workers);
            compareRest();
            System.out.printf(
                    "%d operations in %d s, with %d faults (of which %d requests to the store) and %d kills; "
                            + "%d uploads resumed; %d files and directories in the end; seed %d%n",
                    Math.min(operations.get(), options.count("operations")),
                    secondsSince(begin),
                    faults.get(),
                    storeFaults.happened(),
                    kills.get(),
                    resumes.get(),
                    workers.stream().mapToInt(ChaosWorker::size).sum(),
                    seed());
            System.out.println(leftByStore.size() + " prefixes that the store lists without any object " + leftByStore);
            System.out.println(unexplained.size() + " refusals without a known reason");
            unexplained.stream().limit(20).forEach(System.out::println);
        } finally {
            timer.shutdownNow();
            for (ChaosNode node : nodes) {
                node.close();
            }
        }
        return verdict.conclude("chaos");
    }

    private static long secondsSince(long begin) {
        return TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - begin);
    }

    private ChaosNode start(String name, List<String> accounts) throws IOException {
        int adminPort = Site.freePort();
        FaultProxy network = FaultProxy.http(site.store().endpoint().uri());
        network.failBy(storeFaults::judge);
        Path configuration = site.configuration(folder.resolve(name), network.uri(), adminPort, accounts, """
                state: {directory: '%s', database: '%s'}
                memory: {parts: 128MiB, firstPart: 5MiB, downloads: 32MiB}
                """.formatted(
                        folder.resolve(name).resolve("state"), postgres.getJdbcUrl("postgres", "postgres")));
        return new ChaosNode(name, network, configuration, folder, adminPort, options.count("heap"));
    }

    private List<ChaosWorker> work() throws InterruptedException {
        List<ChaosWorker> workers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < options.count("workers"); i++) {
            ChaosWorker worker = new ChaosWorker(i, this);
            workers.add(worker);
            threads.add(Thread.ofPlatform().name("worker-" + i).start(worker));
        }
        Thread killer = Thread.ofPlatform().name("killer").start(this::kill);
        for (Thread thread : threads) {
            thread.join();
        }
        killer.join();
        return workers;
    }

    private void kill() {
        SplittableRandom random = new SplittableRandom(seed());
        int all = options.count("kills");
        try {
            for (int i = 0; i < all && !stopped; i++) {
                int due = (int) (KILLING * options.count("operations") * (i + 1) / all) - random.nextInt(10);
                while (operations.get() < due && !stopped) {
                    Thread.sleep(5);
                }
                Thread.sleep(random.nextInt(100));
                if (random.nextInt(10) < 3) {
                    disturbances.storeGoes();
                    site.store().kill();
                    Thread.sleep(random.nextInt(1500));
                    site.store().restart();
                    disturbances.storeIsBack();
                } else {
                    ChaosNode node = nodes.get(random.nextInt(nodes.size()));
                    node.kill();
                    Thread.sleep(random.nextInt(1000));
                    node.restart();
                }
                if (kills.incrementAndGet() % 10 == 0) {
                    System.out.printf(
                            "%d operations, %d faults, %d kills%n", operations.get(), faults.get(), kills.get());
                }
            }
        } catch (InterruptedException e) {
            // All operations are complete.
        } catch (IOException e) {
            verdict.violation("no start after a kill: " + e);
            stop();
        }
    }

    // ---- For the workers ----

    long seed() {
        return options.number("seed");
    }

    Site site() {
        return site;
    }

    List<ChaosNode> nodes() {
        return nodes;
    }

    Verdict verdict() {
        return verdict;
    }

    Disturbances disturbances() {
        return disturbances;
    }

    StoreFaults storeFaults() {
        return storeFaults;
    }

    /** Ends the run early: what follows a violation would only hide it. */
    void stop() {
        stopped = true;
    }

    boolean isStopped() {
        return stopped;
    }

    /** Whether there are no faults any more, so that every refusal is a violation. */
    boolean isCalm() {
        return calm;
    }

    void unexplained(String what) {
        if (calm) {
            verdict.violation(what);
        } else {
            unexplained.add(what);
        }
    }

    /** Records a directory that the store lists although it has no object there. */
    void leftByStore(String path) {
        leftByStore.add(path);
    }

    void countResume() {
        resumes.incrementAndGet();
    }

    /** Whether another operation is to be made. Waits while the kills lag behind. */
    boolean takeOperation() throws InterruptedException {
        int all = options.count("operations");
        while (!stopped
                && kills.get() < options.count("kills")
                && operations.get() > (kills.get() + 2) * KILLING * all / options.count("kills")) {
            Thread.sleep(10);
        }
        return !stopped && operations.getAndIncrement() < all;
    }

    /** Whether the next operation meets a fault. */
    boolean takeFault(SplittableRandom random) {
        int operationsLeft = Math.max(1, options.count("operations") - operations.get());
        int faultsLeft = options.count("faults") - faults.get();
        boolean taken = !calm && random.nextInt(operationsLeft) < faultsLeft;
        if (taken) {
            faults.incrementAndGet();
        }
        return taken;
    }

    /** Runs an action after a delay. */
    void later(Duration delay, Runnable what) {
        var _ = timer.schedule(what, delay.toMillis(), TimeUnit.MILLISECONDS);
    }

    void await(BooleanSupplier condition, String what) throws InterruptedException {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            if (stopped || System.nanoTime() > end) {
                throw new IllegalStateException("no " + what);
            }
            Thread.sleep(20);
        }
    }

    /** Whether a rename of a directory at one of these paths is still in progress, or waits for its recovery. */
    boolean isBeingRenamed(String account, List<String> paths) {
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                PreparedStatement statement = connection.prepareStatement(
                        "SELECT count(*) FROM renames WHERE source_prefix = ? OR target_prefix = ?")) {
            for (String path : paths) {
                statement.setString(1, account + path + "/");
                statement.setString(2, account + path + "/");
                try (ResultSet result = statement.executeQuery()) {
                    result.next();
                    if (result.getInt(1) > 0) {
                        return true;
                    }
                }
            }
            return false;
        } catch (SQLException e) {
            throw new IllegalStateException(e);
        }
    }

    // ---- The end ----

    /** All clients have left: gauges must be zero, and threads and descriptors as few as after a start. */
    private void compareRest() throws IOException, InterruptedException {
        for (ChaosNode node : nodes) {
            GatewayProcess gateway = node.process();
            long end = System.nanoTime() + PATIENCE.toNanos();
            List<String> unrest = gateway.metrics().unrest();
            while (!unrest.isEmpty() && System.nanoTime() < end) {
                Thread.sleep(500);
                unrest = gateway.metrics().unrest();
            }
            unrest.forEach(gauge -> verdict.violation("not at zero in the end at " + node + ": " + gauge));
        }
        for (ChaosNode node : nodes) {
            int threads = node.process().threads();
            int descriptors = node.process().descriptors();
            node.kill();
            node.restart();
            int freshThreads = node.process().threads();
            int freshDescriptors = node.process().descriptors();
            System.out.printf(
                    "Gateway %s: %d threads and %d descriptors at rest, %d and %d after a start%n",
                    node, threads, descriptors, freshThreads, freshDescriptors);
            if (threads > freshThreads + 40 || descriptors > freshDescriptors + 60) {
                verdict.violation("threads or descriptors were left at " + node);
            }
        }
    }

    /** The store may have only uploads that a gateway knows, or whose ids were lost. */
    private void compareUploads(List<ChaosWorker> workers) throws SQLException {
        Set<String> known = new HashSet<>();
        Set<String> unnamed = new HashSet<>();
        try (Connection connection = postgres.getPostgresDatabase().getConnection();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("SELECT key, upload_id FROM uploads")) {
            while (rows.next()) {
                known.add(rows.getString(2));
                if (rows.getString(2).isEmpty()) {
                    unnamed.add(rows.getString(1));
                }
            }
        }
        int listed = 0;
        int nameless = 0;
        for (ChaosWorker worker : workers) {
            for (String path : worker.uploaded()) {
                String key = worker.account() + path;
                for (MultipartUpload upload : site.client()
                        .listMultipartUploads(
                                request -> request.bucket(Site.BUCKET).prefix(key))
                        .join()
                        .uploads()) {
                    if (!upload.key().equals(key)) {
                        continue;
                    }
                    listed++;
                    if (known.contains(upload.uploadId()) || unnamed.contains(key)) {
                        continue;
                    }
                    int parts = site.client()
                            .listParts(request ->
                                    request.bucket(Site.BUCKET).key(key).uploadId(upload.uploadId()))
                            .join()
                            .parts()
                            .size();
                    if (parts > 0) {
                        verdict.violation("no gateway knows the upload " + upload.uploadId() + " of " + key + " with "
                                + parts + " parts");
                    }
                    nameless++;
                }
            }
        }
        System.out.printf(
                "%d multipart uploads in the store, %d in the journal; %d whose ids were lost in transit (at most %d)%n",
                listed, known.size(), nameless, mostLostNames());
        if (nameless > mostLostNames()) {
            verdict.violation(nameless + " uploads without parts are in no journal");
        }
    }

    /** How many answers to requests for new uploads may have been lost: by prepared faults and cut connections. */
    private long mostLostNames() {
        return storeFaults.lostNames() + 2L * kills.get() + faults.get() / 20;
    }
}
