package dev.slipway.ingest.watch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What holds however new files are noticed. */
@Timeout(Patience.TEST_SECONDS)
abstract class FolderWatchContract {
    @TempDir
    Path folder;

    @TempDir
    Path elsewhere;

    final SeenFiles seen = new SeenFiles();
    private final List<FolderWatch> watches = new ArrayList<>();

    /** How new files are noticed. */
    abstract WatchMode mode();

    /** Between scans, in a test of what is noticed without asking for one. */
    abstract Duration interval();

    @AfterEach
    void close() {
        watches.forEach(FolderWatch::close);
    }

    FolderWatch watch(Path root) {
        FolderWatch watch =
                new FolderWatch("test", root, mode(), interval(), directory -> !directory.endsWith("hidden"), seen);
        watches.add(watch);
        return watch;
    }

    FolderWatch started() throws InterruptedException {
        FolderWatch watch = watch(folder);
        seen.awaitScans(1);
        return watch;
    }

    static Path write(Path file) throws IOException {
        return Files.writeString(file, "content");
    }

    @Test
    void filesThatCameBeforeTheStartAreFound() throws Exception {
        Path deep = Files.createDirectories(folder.resolve("a/b/c"));
        List<Path> files = List.of(write(folder.resolve("x")), write(folder.resolve("a/y")), write(deep.resolve("ü")));

        FolderWatch watch = started();

        assertThat(seen.files()).containsExactlyInAnyOrderElementsOf(files);
        assertThat(seen.lastScan().files()).isEqualTo(3);
        assertThat(seen.lastScan().problem()).isNull();
        assertThat(watch.mode()).isEqualTo(mode());
    }

    @Test
    void newFilesAreFound() throws Exception {
        Path directory = Files.createDirectory(folder.resolve("d"));
        started();

        seen.await(write(folder.resolve("new")), write(directory.resolve("new")));
    }

    @Test
    void filesThatAreMovedInOrRenamedAreFound() throws Exception {
        started();

        seen.await(Files.move(write(elsewhere.resolve("x")), folder.resolve("moved")));
        seen.await(Files.move(write(folder.resolve("x.part")), folder.resolve("renamed")));
    }

    @Test
    void filesThatAreRewrittenAreFoundAgain() throws Exception {
        Path file = write(folder.resolve("x"));
        started();
        seen.forget();

        Files.writeString(file, "more");

        seen.await(file);
    }

    @Test
    void filesInDirectoriesMadeAtThatMomentAreFound() throws Exception {
        started();
        List<Path> files = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            files.add(write(
                    Files.createDirectories(folder.resolve("a" + i + "/b/c")).resolve("file")));
        }

        seen.await(files);
    }

    @Test
    void treesThatAreMovedInAreFound() throws Exception {
        started();
        Path tree = Files.createDirectories(elsewhere.resolve("tree/b"));
        write(tree.resolve("x"));

        Files.move(elsewhere.resolve("tree"), folder.resolve("tree"));

        seen.await(folder.resolve("tree/b/x"));
        seen.await(write(folder.resolve("tree/b/later")));
    }

    @Test
    void renamedDirectoriesAreFoundUnderTheirNewName() throws Exception {
        Files.createDirectories(folder.resolve("a/b"));
        started();
        for (int i = 0; i < 50; i++) {
            Path from = folder.resolve(i % 2 == 0 ? "a" : "z");
            Path to = folder.resolve(i % 2 == 0 ? "z" : "a");
            Files.move(from, to);
            seen.await(write(to.resolve("b/file" + i)));
        }
    }

    @Test
    void directoriesThatHaveLeftAreNotLookedAt() throws Exception {
        Files.createDirectories(folder.resolve("a"));
        FolderWatch watch = started();
        Path left = Files.move(folder.resolve("a"), elsewhere.resolve("a"));
        write(left.resolve("x"));
        int scans = seen.scans();
        watch.rescan();
        seen.awaitScans(scans + 2);

        assertThat(seen.files()).isEmpty();
    }

    @Test
    void excludedDirectoriesLinksAndPipesAreLeftOut() throws Exception {
        write(Files.createDirectory(folder.resolve("hidden")).resolve("x"));
        write(elsewhere.resolve("outside"));
        Files.createSymbolicLink(folder.resolve("directory"), elsewhere);
        Files.createSymbolicLink(folder.resolve("file"), elsewhere.resolve("outside"));
        Process made = new ProcessBuilder("mkfifo", folder.resolve("pipe").toString())
                .inheritIO()
                .start();
        assertThat(made.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();

        started();

        assertThat(seen.files()).isEmpty();
    }

    @Test
    void aFolderThatIsMissingIsReportedAndFoundWhenItComes() throws Exception {
        Path missing = folder.resolve("later");
        FolderWatch watch = watch(missing);
        seen.awaitScans(1);
        assertThat(seen.lastScan().problem()).isEqualTo(missing + " does not exist");

        write(Files.createDirectory(missing).resolve("x"));
        watch.rescan();

        seen.await(missing.resolve("x"));
        seen.await(write(missing.resolve("y")));
        watch.rescan();
        Patience.await("the problem has gone", () -> seen.lastScan().problem() == null);
    }

    @Test
    void aFolderThatIsReplacedIsWatchedAgain() throws Exception {
        Path root = Files.createDirectory(folder.resolve("root"));
        FolderWatch watch = watch(root);
        seen.awaitScans(1);
        Files.move(root, elsewhere.resolve("root"));
        Files.createDirectory(root);
        int scans = seen.scans();
        watch.rescan();
        seen.awaitScans(scans + 1);
        watch.rescan();

        seen.await(write(root.resolve("x")));
    }

    @Test
    void aFolderMayBeALink() throws Exception {
        Path link = Files.createSymbolicLink(folder.resolve("link"), elsewhere);
        watch(link);
        seen.awaitScans(1);
        write(elsewhere.resolve("x"));

        seen.await(link.resolve("x"));
    }

    @Test
    void aRescanTellsOfAllFilesAgain() throws Exception {
        Path file = write(folder.resolve("x"));
        FolderWatch watch = started();
        seen.forget();

        watch.rescan();

        seen.await(file);
    }

    @Test
    void manyWritersLoseNothing() throws Exception {
        started();
        List<Path> files = new ArrayList<>();
        List<Process> writers = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            writers.add(new ProcessBuilder(
                            "sh",
                            "-c",
                            "for n in $(seq 50); do mkdir -p $1/d$n; echo x >$1/.t && mv $1/.t $1/d$n/moved;"
                                    + " echo x >$1/d$n/file; done",
                            "sh",
                            folder.resolve("w" + i).toString())
                    .inheritIO()
                    .start());
            for (int n = 1; n <= 50; n++) {
                files.add(folder.resolve("w" + i + "/d" + n + "/file"));
                files.add(folder.resolve("w" + i + "/d" + n + "/moved"));
            }
        }
        for (Process writer : writers) {
            assertThat(writer.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(writer.exitValue()).isZero();
        }

        seen.await(files);
    }
}
