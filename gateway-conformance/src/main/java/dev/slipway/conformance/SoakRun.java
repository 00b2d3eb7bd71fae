package dev.slipway.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An hour of moderate load on both protocols, in which the gateway's memory, threads and descriptors must not grow. */
final class SoakRun {
    private static final Map<String, Long> OPTIONS =
            Map.of("minutes", 60L, "seed", 1L, "workers", 8L, "cpu", 30L, "sample-seconds", 10L, "heap", 0L);

    /** The share of the run that counts as warm-up. */
    private static final double WARM_UP = 0.25;

    private final Options options;
    private final Path folder;
    private final Verdict verdict = new Verdict();
    private final Latencies latencies = new Latencies();
    private final List<Sample> samples = new ArrayList<>();

    private SoakRun(Options options, Path folder) {
        this.options = options;
        this.folder = folder;
    }

    /** Runs it: see {@code conformance/README.md} for the options. Returns the exit code. */
    static int run(List<String> arguments, Path folder) throws IOException, InterruptedException {
        return new SoakRun(Options.parse(arguments, OPTIONS), folder).run();
    }

    private int run() throws IOException, InterruptedException {
        int adminPort = Site.freePort();
        try (Site site = new Site()) {
            Path configuration =
                    site.configuration(folder, site.store().endpoint().uri(), adminPort, List.of("soak"), """
                        state: {directory: '%s'}
                        resume: {keepFor: 5m}
                        """.formatted(
                                    folder.resolve("state")));
            try (GatewayProcess gateway = GatewayProcess.start(
                    configuration, folder.resolve("gateway.log"), adminPort, options.count("heap"))) {
                load(gateway);
                comeToRest(gateway);
                gateway.alarms().forEach(line -> verdict.violation("in the log: " + line));
            }
        }
        System.out.println(latencies.table());
        judge();
        return verdict.conclude("soak");
    }

    private void load(GatewayProcess gateway) throws IOException, InterruptedException {
        Pace pace = new Pace(gateway, options.number("cpu") / 100.0);
        List<SoakWorker> workers = new ArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < options.count("workers"); i++) {
            Login login = new Login("soak", Site.PASSWORD);
            FileClient client =
                    i % 2 == 0 ? new SftpClient(gateway::sftpPort, login) : new FtpsClient(gateway::ftpsPort, login);
            SoakWorker worker = new SoakWorker(client, i, options.number("seed"), pace, latencies, verdict);
            workers.add(worker);
            threads.add(Thread.ofPlatform().name("worker-" + i).start(worker));
        }
        Path table = folder.resolve("samples.csv");
        Files.writeString(table, Sample.HEAD + "\n");
        Duration every = Duration.ofSeconds(options.number("sample-seconds"));
        long count = Duration.ofMinutes(options.number("minutes")).dividedBy(every);
        // A dozen garbage collections in a run show how much memory is really in use. The clients rest meanwhile:
        // otherwise
        // the samples would differ by the uploads of the moment.
        long collectEvery = Math.max(1, count / 12);
        for (long i = 1; i <= count && gateway.isAlive(); i++) {
            Thread.sleep(every);
            pace.adapt();
            long second = i * every.toSeconds();
            Sample sample;
            if (i % collectEvery == 0) {
                sample = collected(gateway, second, pace);
            } else {
                sample = Sample.of(gateway, second, false, pace.load());
            }
            samples.add(sample);
            Files.writeString(table, sample.line() + "\n", StandardOpenOption.APPEND);
            if (i % 6 == 0 || i == count) {
                System.out.println(sample);
            }
        }
        if (!gateway.isAlive()) {
            verdict.violation("the gateway has ended");
        }
        workers.forEach(SoakWorker::stop);
        for (Thread thread : threads) {
            thread.join(Duration.ofMinutes(3));
            if (thread.isAlive()) {
                verdict.violation(thread.getName() + " hangs in " + List.of(thread.getStackTrace()));
            }
        }
        System.out.printf(
                "%d operations, %d MiB uploaded, %d MiB downloaded and compared%n",
                workers.stream().mapToLong(SoakWorker::operations).sum(),
                workers.stream().mapToLong(SoakWorker::uploadedBytes).sum() >> 20,
                workers.stream().mapToLong(SoakWorker::downloadedBytes).sum() >> 20);
    }

    private static Sample collected(GatewayProcess gateway, long second, Pace pace)
            throws IOException, InterruptedException {
        pace.measurement().lock();
        try {
            gateway.jcmd("GC.run");
            return Sample.of(gateway, second, true, pace.load());
        } finally {
            pace.measurement().unlock();
        }
    }

    /** All clients have left: gauges of transfers, memory and sessions must return to zero. */
    private void comeToRest(GatewayProcess gateway) throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
        List<String> unrest = gateway.metrics().unrest();
        while (!unrest.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(500);
            unrest = gateway.metrics().unrest();
        }
        unrest.forEach(gauge -> verdict.violation("not at zero in the end: " + gauge));
    }

    private void judge() {
        List<Sample> warm = samples.subList((int) (samples.size() * WARM_UP), samples.size());
        System.out.printf(
                Locale.ROOT,
                "%-22s %10s %10s %10s %12s %12s%n",
                "after warm-up",
                "least",
                "mean",
                "most",
                "growth",
                "allowed");
        for (Trend.Kind kind : Trend.Kind.values()) {
            Trend trend = Trend.of(kind, warm);
            System.out.println(trend);
            if (!trend.isFlat()) {
                verdict.violation(kind + " grows: " + trend);
            }
        }
    }
}
