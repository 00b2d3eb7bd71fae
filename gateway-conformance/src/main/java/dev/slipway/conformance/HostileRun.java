package dev.slipway.conformance;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Attacks, one after the other, during which other clients must be served as usual. */
final class HostileRun {
    private static final Map<String, Long> OPTIONS = Map.of(
            "seconds", 30L,
            "sftp-packets", 1_000_000L,
            "ftp-lines", 1_000_000L,
            "fuzz-minutes", 30L,
            "seed", 1L,
            "p95-ms", 100L,
            "heap", 256L);
    private static final int PARTS_MIB = 64;
    private static final int DOWNLOADS_MIB = 32;

    /** The memory of a process besides its heap and budgets: see docs/guides/sizing.md. */
    private static final int BESIDE_MIB = 300;

    private final Options options;
    private final Path folder;
    private final Verdict verdict = new Verdict();
    private final List<WellBehaved> others = new ArrayList<>();
    private final List<String> rows = new ArrayList<>();

    private HostileRun(Options options, Path folder) {
        this.options = options;
        this.folder = folder;
    }

    /** Runs it: see {@code conformance/README.md} for the options. Returns the exit code. */
    static int run(List<String> arguments, Path folder) throws IOException, InterruptedException {
        return new HostileRun(Options.parse(arguments, OPTIONS), folder).run();
    }

    private int run() throws IOException, InterruptedException {
        int adminPort = Site.freePort();
        try (Site site = new Site()) {
            Path configuration = site.configuration(
                    folder,
                    site.store().endpoint().uri(),
                    adminPort,
                    List.of("anna", "bert", "mallory"),
                    "state: {directory: '%s'}\nmemory: {parts: %dMiB, downloads: %dMiB}\n"
                            .formatted(folder.resolve("state"), PARTS_MIB, DOWNLOADS_MIB));
            try (GatewayProcess gateway = GatewayProcess.start(
                    configuration, folder.resolve("gateway.log"), adminPort, options.count("heap"))) {
                attack(gateway);
            }
        }
        rows.forEach(System.out::println);
        return verdict.conclude("hostile");
    }

    private void attack(GatewayProcess gateway) throws IOException, InterruptedException {
        Login mallory = new Login("mallory", Site.PASSWORD);
        long seed = options.number("seed");
        long packets = options.number("sftp-packets");
        long lines = options.number("ftp-lines");
        others.add(new WellBehaved(
                new SftpClient(gateway::sftpPort, new Login("anna", Site.PASSWORD)), new Latencies(), verdict));
        others.add(new WellBehaved(
                new FtpsClient(gateway::ftpsPort, new Login("bert", Site.PASSWORD)), new Latencies(), verdict));
        List<Thread> threads = others.stream()
                .map(client -> Thread.ofPlatform().name("well-behaved").start(client))
                .toList();
        Duration time = Duration.ofSeconds(options.number("seconds"));
        Duration fuzzTime = Duration.ofMinutes(options.number("fuzz-minutes"));
        rows.add(String.format(
                Locale.ROOT, "%-26s %-36s %10s %12s %10s", "attack", "done", "worst p95", "health p95", "resident"));
        // Warms up compilers and caches.
        phase(gateway, new Quiet("warming up"), time);
        phase(gateway, new Quiet("nobody else"), time);
        phase(gateway, new SshAttacks.KeyExchangeFlood(gateway.sftpPort()), time);
        phase(gateway, new SshAttacks.GiantPackets(gateway.sftpPort()), time);
        phase(gateway, new SlotAttack(gateway.sftpPort(), "SSH"), time);
        phase(gateway, new SlotAttack(gateway.ftpsPort(), "FTP"), time);
        phase(gateway, new SlowBodies(gateway.adminPort()), time);
        phase(gateway, new EarlyBlocks(gateway.sftpPort(), mallory), time);
        phase(gateway, new SftpFuzzer(gateway.sftpPort(), mallory, seed, packets), fuzzTime);
        phase(gateway, new FtpFuzzer(gateway.ftpsPort(), mallory, false, seed, lines / 2), fuzzTime);
        phase(gateway, new FtpFuzzer(gateway.ftpsPort(), mallory, true, seed, lines - lines / 2), fuzzTime);
        others.forEach(WellBehaved::stop);
        for (Thread thread : threads) {
            thread.join(Duration.ofMinutes(2));
        }
        comeToRest(gateway);
    }

    /** No attack, for comparison. */
    private static final class Quiet extends Attack {
        private final String title;

        private Quiet(String title) {
            this.title = title;
        }

        @Override
        String title() {
            return title;
        }

        @Override
        int workers() {
            return 0;
        }

        @Override
        void work(int worker) {}
    }

    private void phase(GatewayProcess gateway, Attack attack, Duration most) throws IOException, InterruptedException {
        Latencies latencies = new Latencies();
        Latencies health = new Latencies();
        others.forEach(client -> client.enter(attack.title(), latencies));
        List<Thread> attackers = new ArrayList<>();
        for (int i = 0; i < attack.workers(); i++) {
            int worker = i;
            attackers.add(Thread.ofPlatform().name("attack-" + i).start(() -> {
                try {
                    attack.work(worker);
                } catch (IOException e) {
                    if (!attack.isOver()) {
                        verdict.violation(attack.title() + " found: " + e);
                    }
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
        }
        long end = System.nanoTime() + most.toNanos();
        long resident = 0;
        while (System.nanoTime() < end
                && gateway.isAlive()
                && (attackers.isEmpty() || attackers.stream().anyMatch(Thread::isAlive))) {
            resident = Math.max(resident, gateway.residentBytes());
            long begin = System.nanoTime();
            try {
                gateway.health();
                health.add("health", System.nanoTime() - begin);
            } catch (IOException e) {
                verdict.violation("/healthz during " + attack.title() + ": " + e);
            }
            Thread.sleep(250);
        }
        attack.end();
        for (Thread attacker : attackers) {
            attacker.join(Duration.ofSeconds(90));
            if (attacker.isAlive()) {
                attacker.interrupt();
            }
        }
        if (!gateway.isAlive()) {
            verdict.violation("the gateway has ended during " + attack.title());
            throw new IOException("the gateway has ended");
        }
        // Operations that did not end during the attack count too.
        others.forEach(client -> client.enter("the time between attacks", new Latencies()));
        judge(attack, latencies, health, resident);
    }

    private void judge(Attack attack, Latencies latencies, Latencies health, long resident) {
        System.out.printf("%n%s: %s%n%s", attack.title(), attack.summary(), latencies.table());
        rows.add(String.format(
                Locale.ROOT,
                "%-26s %-36s %7.1f ms %9.1f ms %6d MiB",
                attack.title(),
                attack.summary(),
                latencies.worst("login") / 1e6,
                health.worst("login") / 1e6,
                resident >> 20));
        if (attack.title().equals("warming up")) {
            return;
        }
        Duration limit = Duration.ofMillis(options.number("p95-ms"));
        for (String slow : latencies.slowerThan(limit)) {
            if (!slow.contains("login")) {
                verdict.violation(
                        "slower than " + limit.toMillis() + " ms at p95 during " + attack.title() + ": " + slow);
            }
        }
        long allowed = options.number("heap") + PARTS_MIB + DOWNLOADS_MIB + BESIDE_MIB;
        if (resident >> 20 > allowed) {
            verdict.violation((resident >> 20) + " MiB resident during " + attack.title() + ", but " + allowed
                    + " are documented");
        }
    }

    private void comeToRest(GatewayProcess gateway) throws IOException, InterruptedException {
        long end = System.nanoTime() + Duration.ofMinutes(4).toNanos();
        List<String> unrest = gateway.metrics().unrest();
        while (!unrest.isEmpty() && System.nanoTime() < end) {
            Thread.sleep(500);
            unrest = gateway.metrics().unrest();
        }
        unrest.forEach(gauge -> verdict.violation("not at zero in the end: " + gauge));
        gateway.alarms().stream().limit(10).forEach(line -> verdict.violation("in the log: " + line));
    }
}
