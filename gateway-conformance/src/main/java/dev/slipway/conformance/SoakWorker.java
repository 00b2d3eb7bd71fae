package dev.slipway.conformance;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** A client of a soak run, with random operations in its own directory, whose contents it knows. */
final class SoakWorker implements Runnable {
    private static final int MOST_FILES = 30;

    private final FileClient client;
    private final String directory;
    private final SplittableRandom random;
    private final Pace pace;
    private final Latencies latencies;
    private final Verdict verdict;
    private final Map<String, Content> files = new HashMap<>();
    private long serial;
    private volatile boolean stopped;
    private final AtomicLong operations = new AtomicLong();
    private final AtomicLong uploadedBytes = new AtomicLong();
    private final AtomicLong downloadedBytes = new AtomicLong();

    SoakWorker(FileClient client, int number, long seed, Pace pace, Latencies latencies, Verdict verdict) {
        this.client = client;
        this.directory = "/" + client.toString().toLowerCase(Locale.ROOT) + number;
        this.random = new SplittableRandom(seed * 1000 + number);
        this.serial = (long) number << 32;
        this.pace = pace;
        this.latencies = latencies;
        this.verdict = verdict;
    }

    void stop() {
        stopped = true;
    }

    long operations() {
        return operations.get();
    }

    long uploadedBytes() {
        return uploadedBytes.get();
    }

    long downloadedBytes() {
        return downloadedBytes.get();
    }

    @Override
    public void run() {
        try {
            client.mkdir(directory);
            while (!stopped) {
                LockSupport.parkNanos(random.nextLong(2 * pace.pauseNanos()));
                pace.operation().lock();
                try {
                    step();
                } finally {
                    pace.operation().unlock();
                }
                operations.incrementAndGet();
            }
            compareAll();
            client.close();
        } catch (IOException | RefusedException | RuntimeException e) {
            verdict.violation(client + " in " + directory + " after " + operations + " operations: " + e);
            client.drop();
        }
    }

    private interface Operation {
        void run() throws IOException, RefusedException;
    }

    private void timed(String name, Operation operation) throws IOException, RefusedException {
        client.connect();
        long begin = System.nanoTime();
        operation.run();
        latencies.add(client + " " + name, System.nanoTime() - begin);
    }

    private void step() throws IOException, RefusedException {
        int chance = random.nextInt(100);
        if (files.isEmpty() || chance < 30) {
            upload();
        } else if (chance < 55) {
            download(anyFile());
        } else if (chance < 75) {
            String name = anyFile();
            timed("stat", () -> compareSize(name, client.stat(path(name))));
        } else if (chance < 83) {
            timed("list", this::compareList);
        } else if (chance < 88) {
            String name = anyFile();
            String renamed = "renamed" + serial++;
            timed("rename", () -> client.rename(path(name), path(renamed)));
            move(name, renamed);
        } else if (chance < 95) {
            String name = anyFile();
            timed("delete", () -> client.delete(path(name)));
            files.remove(name);
        } else if (chance < 97) {
            String made = path("directory" + serial++);
            timed("mkdir", () -> client.mkdir(made));
            timed("rmdir", () -> client.rmdir(made));
        } else if (chance < 99) {
            client.close();
            long begin = System.nanoTime();
            client.connect();
            latencies.add(client + " login", System.nanoTime() - begin);
        } else {
            cut();
        }
    }

    private void move(String name, String renamed) {
        Content content = files.remove(name);
        if (content != null) {
            files.put(renamed, content);
        }
    }

    private String path(String name) {
        return directory + "/" + name;
    }

    private String anyFile() {
        List<String> names = new ArrayList<>(files.keySet());
        names.sort(null);
        return names.get(random.nextInt(names.size()));
    }

    private Content newContent() {
        int chance = random.nextInt(100);
        int length = chance < 70
                ? random.nextInt(64 * 1024)
                : chance < 95 ? random.nextInt(1024 * 1024) : random.nextInt(9 << 20, 20 << 20);
        return new Content(serial++, length);
    }

    private void upload() throws IOException, RefusedException {
        Content content = newContent();
        String name = files.size() >= MOST_FILES || (random.nextInt(4) == 0 && !files.isEmpty())
                ? anyFile()
                : "file" + content.number();
        byte[] bytes = content.bytes();
        timed(
                content.length() > 1 << 20 ? "upload 9-20 MiB" : "upload to 1 MiB",
                () -> client.upload(path(name), bytes, Upload.whole(Upload.Mode.REPLACE)));
        files.put(name, content);
        uploadedBytes.addAndGet(bytes.length);
    }

    private void download(String name) throws IOException, RefusedException {
        Content content = files.get(name);
        if (content == null) {
            return;
        }
        timed(content.length() > 1 << 20 ? "download 9-20 MiB" : "download to 1 MiB", () -> {
            byte[] bytes = client.download(path(name));
            downloadedBytes.addAndGet(bytes.length);
            if (!Arrays.equals(bytes, content.bytes())) {
                verdict.violation(path(name) + " should be " + content + " but is " + Content.describe(bytes));
            }
        });
    }

    private void compareSize(String name, Optional<Entry> entry) {
        Content content = files.get(name);
        if (content != null && (entry.isEmpty() || entry.get().size() != content.length())) {
            verdict.violation(path(name) + " should be " + content + " but is " + entry);
        }
    }

    private void compareList() throws IOException, RefusedException {
        Map<String, Entry> entries = client.list(directory);
        if (!entries.keySet().equals(files.keySet())) {
            verdict.violation(directory + " should have " + files.keySet() + " but has " + entries.keySet());
        }
        entries.forEach((name, entry) -> compareSize(name, Optional.of(entry)));
    }

    /** Loses the connection during an upload, and discards the interrupted upload. */
    private void cut() throws RefusedException, IOException {
        byte[] bytes = newContent().bytes();
        String path = path("cut");
        try {
            client.upload(path, bytes, new Upload(0, Upload.Mode.REPLACE, Upload.Cut.WITHIN, bytes.length / 2));
        } catch (IOException e) {
            client.drop();
        }
        try {
            client.delete(path);
        } catch (RefusedException e) {
            // Nothing was kept.
        }
    }

    private void compareAll() throws IOException, RefusedException {
        for (String name : List.copyOf(files.keySet())) {
            download(name);
        }
        compareList();
    }
}
