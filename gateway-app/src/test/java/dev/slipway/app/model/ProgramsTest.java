package dev.slipway.app.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Programs that once found a difference, in the form in which {@link ReferenceModelTest} reports them. The answers,
 * which begin with spaces, may stay and are ignored.
 */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ProgramsTest {
    private static final Path PROGRAMS =
            Path.of(System.getProperty("slipway.root", ".."), "gateway-app", "src", "test", "programs");

    @Test
    void programsThatOnceFailed(S3Bucket bucket) throws IOException, InterruptedException {
        List<Path> programs;
        try (Stream<Path> files = Files.list(PROGRAMS)) {
            programs = files.sorted().toList();
        }
        assertThat(programs).isNotEmpty();
        try (Site site = new Site(bucket, StoppedHost::new)) {
            for (Path file : programs) {
                List<Draft> steps = Files.readAllLines(file).stream()
                        .filter(line -> !line.startsWith("#") && !line.startsWith(" ") && !line.isBlank())
                        .map(line -> new Draft(Step.parse(line), 0))
                        .toList();
                try (ProgramRun run = new ProgramRun(site, true)) {
                    run.run(steps);
                } catch (AssertionError e) {
                    throw new AssertionError(PROGRAMS.relativize(file) + ": " + e.getMessage(), e);
                }
            }
        }
    }
}
