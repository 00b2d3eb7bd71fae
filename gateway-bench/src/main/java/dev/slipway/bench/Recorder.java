package dev.slipway.bench;

import dev.slipway.bench.Measurement.Unit;
import dev.slipway.testing.ClientCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs clients against one server and records the resources used. Not thread-safe. */
final class Recorder {
    private final Server server;
    private final List<Measurement> measurements = new ArrayList<>();

    Recorder(Server server) {
        this.server = server;
    }

    /** An action to measure. */
    interface Action {
        void run() throws IOException, InterruptedException;
    }

    /** Measures concurrent clients. Their processes are prepared before the clock starts. */
    void clients(String phase, long amount, Unit unit, List<ClientCommand> commands)
            throws IOException, InterruptedException {
        measure(phase, amount, unit, () -> Client.run(commands));
    }

    /** An action that measures its own duration in seconds. */
    interface TimedAction {
        double run() throws IOException, InterruptedException;
    }

    /** Measures an action. */
    void measure(String phase, long amount, Unit unit, Action action) throws IOException, InterruptedException {
        measureTimed(phase, amount, unit, () -> {
            long start = System.nanoTime();
            action.run();
            return (System.nanoTime() - start) / 1e9;
        });
    }

    /** Measures an action that measures its own duration. */
    void measureTimed(String phase, long amount, Unit unit, TimedAction action)
            throws IOException, InterruptedException {
        double serverCpu = server.cpuSeconds();
        double clientCpu = ProcessTree.endedChildrenCpuSeconds();
        double seconds = action.run();
        measurements.add(new Measurement(
                phase,
                server.product(),
                amount,
                unit,
                seconds,
                server.cpuSeconds() - serverCpu,
                ProcessTree.endedChildrenCpuSeconds() - clientCpu,
                server.peakBytes()));
    }

    /** Records how much memory a number of sessions take. */
    void memory(String phase, long sessions, long bytes) {
        measurements.add(new Measurement(phase, server.product(), sessions, Unit.SESSIONS, 0, 0, 0, bytes));
    }

    List<Measurement> measurements() {
        return List.copyOf(measurements);
    }
}
