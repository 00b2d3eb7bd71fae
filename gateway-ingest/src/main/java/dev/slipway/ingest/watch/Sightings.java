package dev.slipway.ingest.watch;

import java.nio.file.Path;
import java.util.List;

/** Who is told of the files in a watched folder. Each may be told of repeatedly, and may have gone since. */
interface Sightings {
    /**
     * Somebody has closed a file after writing, or moved it here. Must not block.
     *
     * @return false if there is no room for it: the folder is then scanned
     */
    boolean changed(Path file);

    /**
     * A scan has found these files, open or not. May block, and thereby delay the scan.
     *
     * @param files regular files, at most some hundred
     * @throws InterruptedException the watch is being closed
     */
    void found(List<Path> files) throws InterruptedException;

    /** A scan of the whole folder has ended. May block. */
    void scanned(Scan scan) throws InterruptedException;
}
