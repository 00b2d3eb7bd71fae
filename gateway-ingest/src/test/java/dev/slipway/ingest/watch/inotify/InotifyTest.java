package dev.slipway.ingest.watch.inotify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class InotifyTest {
    @TempDir
    private Path folder;

    private final BlockingQueue<Inotify.Event> events = new LinkedBlockingQueue<>();
    private Inotify inotify;
    private Thread reader;

    @BeforeEach
    void open() throws LinuxException {
        inotify = Inotify.open();
        reader = Thread.ofPlatform().start(() -> {
            try {
                inotify.read(events::add);
            } catch (LinuxException e) {
                throw new AssertionError(e);
            }
        });
    }

    @AfterEach
    void close() throws InterruptedException {
        inotify.close();
        assertThat(reader.join(Patience.LIMIT)).isTrue();
    }

    private Inotify.Event next() throws InterruptedException {
        Inotify.Event event = events.poll(Patience.SECONDS, TimeUnit.SECONDS);
        assertThat(event).as("an event").isNotNull();
        return event;
    }

    @Test
    void aFileIsReportedWhenItIsClosedOrMovedIn(@TempDir Path elsewhere) throws Exception {
        int watch = inotify.add(folder, false);
        Files.writeString(folder.resolve("grüße"), "x");
        Files.move(Files.writeString(elsewhere.resolve("b"), "x"), folder.resolve("c"));

        assertThat(List.of(next(), next(), next()))
                .containsExactly(
                        new Inotify.Event(watch, Inotify.CREATE, "grüße"),
                        new Inotify.Event(watch, Inotify.CLOSE_WRITE, "grüße"),
                        new Inotify.Event(watch, Inotify.MOVED_TO, "c"));
    }

    @Test
    void directoriesAreToldFromFiles() throws Exception {
        int watch = inotify.add(folder, false);
        Files.createDirectory(folder.resolve("d"));

        assertThat(next()).isEqualTo(new Inotify.Event(watch, Inotify.CREATE | Inotify.IS_DIRECTORY, "d"));
    }

    @Test
    void aDirectoryKeepsItsWatchWhenItIsRenamed() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("a"));
        int watch = inotify.add(directory, false);
        Path renamed = Files.move(directory, folder.resolve("b"));

        assertThat(inotify.add(renamed, false)).isEqualTo(watch);
        assertThat(next().has(Inotify.MOVE_SELF)).isTrue();
    }

    @Test
    void aWatchEndsWithItsDirectory() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("a"));
        int watch = inotify.add(directory, false);
        Files.delete(directory);

        assertThat(next()).isEqualTo(new Inotify.Event(watch, Inotify.DELETE_SELF, ""));
        assertThat(next()).isEqualTo(new Inotify.Event(watch, Inotify.IGNORED, ""));
        inotify.remove(watch);
    }

    @Test
    void filesAreNoDirectoriesAndLinksAreFollowedOnRequestOnly() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");
        Path link = Files.createSymbolicLink(folder.resolve("link"), Files.createDirectory(folder.resolve("d")));

        assertThatThrownBy(() -> inotify.add(file, false)).isInstanceOf(LinuxException.class);
        assertThatThrownBy(() -> inotify.add(link, false)).isInstanceOf(LinuxException.class);
        assertThat(inotify.add(link, true)).isPositive();
    }

    @Test
    void nothingIsReportedAfterTheEnd() throws Exception {
        inotify.close();
        inotify.close();

        assertThat(reader.join(Patience.LIMIT)).isTrue();
        assertThatThrownBy(() -> inotify.add(folder, false)).isInstanceOf(IllegalStateException.class);
    }
}
