package dev.slipway.app.model;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Runs tasks concurrently. */
final class Concurrently {
    private Concurrently() {}

    /** The task of one thread. */
    @FunctionalInterface
    interface Task {
        void run() throws IOException, InterruptedException;
    }

    /** Runs all tasks to their ends, and throws the first exception. */
    static void run(List<Task> tasks) throws IOException, InterruptedException {
        List<Callable<Boolean>> callables = new ArrayList<>();
        for (Task task : tasks) {
            callables.add(() -> {
                task.run();
                return true;
            });
        }
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Boolean> result : executor.invokeAll(callables)) {
                result.get();
            }
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case IOException failure -> throw new IOException(failure);
                case AssertionError difference -> throw new AssertionError(difference.getMessage(), difference);
                case null, default -> throw new IllegalStateException(e.getCause());
            }
        }
    }
}
