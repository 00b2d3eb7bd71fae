package dev.slipway.ingest.watch.inotify;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.Patience;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class OpenFilesTest {
    @TempDir
    private Path folder;

    @Test
    void aFileThatNobodyHasOpenIsFree() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");

        assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.NONE);
    }

    @Test
    void aFileThatThisProcessWritesHasAWriter() throws IOException {
        Path file = folder.resolve("file");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(1);

            assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.SOME);
            assertThat(OpenFiles.listed(file)).isEqualTo(Writers.SOME);
        }
        assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.NONE);
    }

    @Test
    void aReaderIsNoWriter() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "x");
        try (var in = Files.newInputStream(file)) {
            assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.NONE);
            assertThat(OpenFiles.listed(file)).isNotEqualTo(Writers.SOME);
            assertThat(in.read()).isEqualTo('x');
        }
    }

    @Test
    void aFileThatAnotherProcessAppendsToHasAWriterUntilThatEnds() throws Exception {
        Path file = Files.writeString(folder.resolve("a file"), "x");
        Process writer = new ProcessBuilder("sh", "-c", "exec 3>>\"$1\"; echo open; read line", "sh", file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try (var said = writer.inputReader()) {
            assertThat(said.readLine()).isEqualTo("open");

            assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.SOME);
            assertThat(OpenFiles.listed(file)).isEqualTo(Writers.SOME);

            writer.getOutputStream().close();
            assertThat(writer.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(OpenFiles.writersOf(file)).isEqualTo(Writers.NONE);
        } finally {
            writer.destroyForcibly();
        }
    }

    @Test
    void aFileThatIsMissingIsAnError() {
        assertThatThrownBy(() -> OpenFiles.writersOf(folder.resolve("missing")))
                .isInstanceOf(NoSuchFileException.class);
    }

    /** Whoever opens a file while it is looked at gets it, and the signal that the kernel sends this process ends nothing. */
    @Test
    void writersThatComeWhileAFileIsLookedAtAreNotDisturbed() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        Process writer = new ProcessBuilder(
                        "sh",
                        "-c",
                        "while [ ! -e \"$2\" ]; do echo x >>\"$1\" || exit 1; done",
                        "sh",
                        file.toString(),
                        folder.resolve("stop").toString())
                .inheritIO()
                .start();
        try {
            Patience.await("something is written", () -> Files.size(file) > 0);
            for (int i = 0; i < 2000; i++) {
                assertThat(OpenFiles.writersOf(file)).isNotEqualTo(Writers.UNKNOWN);
            }
            Files.createFile(folder.resolve("stop"));

            assertThat(writer.waitFor(Patience.SECONDS, TimeUnit.SECONDS)).isTrue();
            assertThat(writer.exitValue()).isZero();
        } finally {
            writer.destroyForcibly();
        }
    }
}
