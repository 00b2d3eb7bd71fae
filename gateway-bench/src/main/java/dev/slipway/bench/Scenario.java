package dev.slipway.bench;

import dev.slipway.core.Protocol;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One comparison.
 *
 * @param name what it is called on the command line
 * @param description one line for the list
 * @param products who is compared; the first is Slipway
 * @param warmUps how often each server is used before it counts: it stays for the whole scenario. With 0 each run has a
 *     server that was started just for it
 */
record Scenario(
        String name, String description, Protocol protocol, List<Product> products, int warmUps, Workload workload) {
    /** What clients do. */
    interface Workload {
        /**
         * Uses a server once.
         *
         * @param run differs in all runs of the scenario, for names that must be new
         */
        void run(Server server, String run, Recorder recorder) throws IOException, InterruptedException;
    }

    /** Hears how far it has come. */
    interface Progress {
        void say(String line);
    }

    /**
     * What a scenario has come to.
     *
     * @param measurements of all rounds that count
     * @param absences why there is nothing, or not all, of a product
     */
    record Outcome(List<Measurement> measurements, Map<Product, String> absences) {}

    /** Runs each product in turn, as often as told. A product that is not there, or fails, is left out from then on. */
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
