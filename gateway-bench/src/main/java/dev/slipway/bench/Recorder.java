package dev.slipway.bench;

import dev.slipway.bench.Measurement.Unit;
import dev.slipway.testing.ClientCommand;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Runs clients against one server and writes down what that has cost. Not safe for use by several threads. */
final class Recorder {
    private final Server server;
    private final List<Measurement> measurements = new ArrayList<>();

    Recorder(Server server) {
        this.server = server;
    }

    /** Something that is measured. */
    interface Action {
        void run() throws IOException, InterruptedException;
    }

    /** Measures clients that run at the same time. Their processes are made ready before the clock starts. */
    void clients(String phase, long amount, Unit unit, List<ClientCommand> commands)
            throws IOException, InterruptedException {
        measure(phase, amount, unit, () -> Client.run(commands));
    }

    /** Something that tells by itself how many seconds it has taken. */
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

    /** Measures an action with a clock of its own. */
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

    /** Notes how much memory a number of sessions take. */
    void memory(String phase, long sessions, long bytes) {
        measurements.add(new Measurement(phase, server.product(), sessions, Unit.SESSIONS, 0, 0, 0, bytes));
    }

    List<Measurement> measurements() {
        return List.copyOf(measurements);
    }
}
