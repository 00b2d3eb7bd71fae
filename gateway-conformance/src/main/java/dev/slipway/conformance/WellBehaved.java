package dev.slipway.conformance;

import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;

/** A well-behaved client that measures its operations while others attack. */
final class WellBehaved implements Runnable {
    private static final int SIZE = 32 * 1024;
    private static final int ROUNDS = 20;

    /** How long it tries to log in: a flooded server drops some connections. */
    private static final Duration LOGIN = Duration.ofSeconds(20);

    private final FileClient client;
    private final Verdict verdict;
    private volatile Latencies latencies;
    private volatile String phase = "";
    private volatile boolean stopped;

    /** When the current operation began; 0 if there is none. */
    private volatile long since;

    private long serial;

    WellBehaved(FileClient client, Latencies latencies, Verdict verdict) {
        this.client = client;
        this.latencies = latencies;
        this.verdict = verdict;
    }

    /** Assigns measurements to another phase of the run from now on. */
    void enter(String name, Latencies times) {
        long begin = since;
        if (begin != 0) {
            latencies.add(client + " (under way)", System.nanoTime() - begin);
        }
        phase = name;
        latencies = times;
    }

    void stop() {
        stopped = true;
    }

    private interface Operation {
        void run() throws IOException, RefusedException;
    }

    private void timed(String name, Operation operation) throws IOException, RefusedException {
        Latencies times = latencies;
        long begin = System.nanoTime();
        since = begin;
        operation.run();
        since = 0;
        times.add(client + " " + name, System.nanoTime() - begin);
    }

    @Override
    public void run() {
        try {
            while (!stopped) {
                logIn();
                for (int i = 0; i < ROUNDS && !stopped; i++) {
                    round();
                    Thread.sleep(20);
                }
                client.close();
            }
        } catch (IOException | RefusedException | RuntimeException e) {
            verdict.violation("a well-behaved client by " + client + " was lost during " + phase + ": " + e);
            client.drop();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void logIn() throws IOException, RefusedException, InterruptedException {
        long begin = System.nanoTime();
        while (true) {
            try {
                client.connect();
                latencies.add(client + " login", System.nanoTime() - begin);
                return;
            } catch (IOException e) {
                client.drop();
                if (System.nanoTime() - begin > LOGIN.toNanos()) {
                    throw e;
                }
                latencies.add(client + " login dropped", System.nanoTime() - begin);
                Thread.sleep(50);
            }
        }
    }

    private void round() throws IOException, RefusedException {
        Content content = new Content(serial++, SIZE);
        byte[] bytes = content.bytes();
        String path = "/" + client + "-" + serial % 5;
        timed("upload 32 KiB", () -> client.upload(path, bytes, Upload.whole(Upload.Mode.REPLACE)));
        timed("stat", () -> {
            if (client.stat(path).filter(entry -> entry.size() == SIZE).isEmpty()) {
                verdict.violation(path + " is not " + SIZE + " bytes long");
            }
        });
        timed("list", () -> {
            if (!client.list("/").containsKey(path.substring(1))) {
                verdict.violation(path + " is not listed");
            }
        });
        timed("download 32 KiB", () -> {
            byte[] read = client.download(path);
            if (!Arrays.equals(read, bytes)) {
                verdict.violation(path + " should be " + content + " but is " + Content.describe(read));
            }
        });
    }
}
