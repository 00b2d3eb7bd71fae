package dev.slipway.bench;

import dev.slipway.core.Protocol;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A comparison.
 *
 * @param name its name on the command line
 * @param description one line for the list
 * @param products the compared products; the first is Slipway
 * @param warmUps how often each server is used before measuring; the server then runs for the whole scenario. With 0,
 *     each run starts a new server
 */
record Scenario(
        String name, String description, Protocol protocol, List<Product> products, int warmUps, Workload workload) {
    /** What the clients do. */
    interface Workload {
        /**
         * Uses a server once.
         *
         * @param run differs in all runs of the scenario, for names that must be unique
         */
        void run(Server server, String run, Recorder recorder) throws IOException, InterruptedException;
    }

    /** Receives progress messages. */
    interface Progress {
        void say(String line);
    }

    /**
     * The results of a scenario.
     *
     * @param measurements of all rounds that count
     * @param absences why results of a product are missing
     */
    record Outcome(List<Measurement> measurements, Map<Product, String> absences) {}

    /** Runs each product in turn, repeatedly. A product that is not available, or fails, is skipped from then on. */
    Outcome run(Servers servers, int rounds, Progress progress) throws IOException, InterruptedException {
        Map<Product, String> absences = new EnumMap<>(Product.class);
        for (Product product : products) {
            servers.missing(product).ifPresent(reason -> absences.put(product, reason));
        }
        List<Measurement> measurements = new ArrayList<>();
        Map<Product, Server> running = new EnumMap<>(Product.class);
        try {
            for (int round = 1 - warmUps; round <= rounds; round++) {
                for (Product product : products) {
                    if (absences.containsKey(product)) {
                        continue;
                    }
                    try {
                        Server server = running.get(product);
                        if (server == null) {
                            server = servers.start(product, protocol);
                            running.put(product, server);
                        }
                        List<Measurement> measured = run(server, round, progress);
                        if (round > 0) {
                            measurements.addAll(measured);
                        }
                    } catch (IOException e) {
                        progress.say(name + ": " + product.title() + " failed: " + e.getMessage());
                        absences.put(product, "failed");
                    }
                    if (warmUps == 0 || absences.containsKey(product)) {
                        close(running.remove(product));
                    }
                    servers.emptyTrash();
                }
            }
        } finally {
            running.values().forEach(Scenario::close);
        }
        return new Outcome(measurements, absences);
    }

    private static void close(@Nullable Server server) {
        if (server != null) {
            server.close();
        }
    }

    private List<Measurement> run(Server server, int round, Progress progress)
            throws IOException, InterruptedException {
        Recorder recorder = new Recorder(server);
        workload.run(server, name + "-" + (round + warmUps), recorder);
        for (Measurement measurement : recorder.measurements()) {
            progress.say("%s, %s: %s %s %.2f s"
                    .formatted(
                            name,
                            round > 0 ? "round " + round : "warm-up",
                            server.product().title(),
                            measurement.phase(),
                            measurement.seconds()));
        }
        return recorder.measurements();
    }
}
