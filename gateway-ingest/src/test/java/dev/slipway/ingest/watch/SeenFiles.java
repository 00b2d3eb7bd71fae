package dev.slipway.ingest.watch;

import dev.slipway.testing.Patience;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Remembers the files that a watch tells of. */
final class SeenFiles implements Sightings {
    private final Set<Path> files = new HashSet<>();
    private final List<Scan> scans = new ArrayList<>();
    private boolean hasRoom = true;

    @Override
    public synchronized boolean changed(Path file) {
        if (hasRoom) {
            files.add(file);
        }
        return hasRoom;
    }

    @Override
    public synchronized void found(List<Path> found) {
        files.addAll(found);
    }

    @Override
    public synchronized void scanned(Scan scan) {
        scans.add(scan);
    }

    /** Whether there is room for files that have changed. */
    synchronized void hasRoom(boolean room) {
        hasRoom = room;
    }

    synchronized boolean hasSeen(Collection<Path> wanted) {
        return files.containsAll(wanted);
    }

    synchronized int scans() {
        return scans.size();
    }

    synchronized Scan lastScan() {
        return scans.getLast();
    }

    synchronized void forget() {
        files.clear();
    }

    synchronized Set<Path> files() {
        return Set.copyOf(files);
    }

    void await(Path... wanted) throws InterruptedException {
        await(List.of(wanted));
    }

    void await(Collection<Path> wanted) throws InterruptedException {
        Patience.await("the watch tells of " + wanted.size() + " files", () -> hasSeen(wanted));
    }

    void awaitScans(int count) throws InterruptedException {
        Patience.await("the watch has scanned " + count + " times", () -> scans() >= count);
    }
}
