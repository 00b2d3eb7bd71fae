package dev.slipway.ingest.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(OS.LINUX)
class InotifyFolderWatchTest extends FolderWatchContract {
    @Override
    WatchMode mode() {
        return WatchMode.INOTIFY;
    }

    /** Long enough that only events can tell of files. */
    @Override
    Duration interval() {
        return Duration.ofDays(1);
    }

    @Override
    @Test
    void directoriesThatHaveLeftAreNotLookedAt() throws Exception {
        Files.createDirectories(folder.resolve("a/b"));
        started();
        Path left = Files.move(folder.resolve("a"), elsewhere.resolve("a"));
        // Its events come before those of the file that follows.
        write(left.resolve("x"));
        write(left.resolve("b/x"));

        seen.await(write(folder.resolve("last")));
        assertThat(seen.files()).containsExactly(folder.resolve("last"));
    }

    @Test
    void aFileIsToldOfWhenItIsClosed() throws Exception {
        started();
        Path open = folder.resolve("open");
        try (OutputStream out = Files.newOutputStream(open)) {
            out.write(1);
            seen.await(write(folder.resolve("other")));
            assertThat(seen.files()).doesNotContain(open);
        }

        seen.await(open);
    }

    @Test
    void aFileWithoutRoomIsFoundByAScan() throws Exception {
        started();
        seen.hasRoom(false);

        seen.await(write(folder.resolve("x")));
    }

    /** More events than the kernel keeps, while nobody reads them. */
    @Test
    void eventsThatTheKernelDropsAreMadeUpForByAScan() throws Exception {
        int most;
        try (BufferedReader limit = Files.newBufferedReader(Path.of("/proc/sys/fs/inotify/max_queued_events"))) {
            most = Integer.parseInt(limit.readLine());
        }
        FolderWatch watch = started();
        List<Path> files = new ArrayList<>();
        synchronized (seen) {
            // The thread that reads events waits for this with its first.
            for (int i = 0; i < 100; i++) {
                files.add(write(folder.resolve("file" + i)));
            }
            churn(most + 5000);
            for (int i = 100; i < 200; i++) {
                files.add(write(folder.resolve("file" + i)));
            }
        }

        seen.await(files);
        assertThat(watch.overflows()).isPositive();
    }

    /** Two files in turn, since the kernel merges equal events that follow one another. */
    private void churn(int events) throws IOException {
        for (int i = 0; i < events; i++) {
            Files.newOutputStream(folder.resolve("file" + i % 2)).close();
        }
    }
}
