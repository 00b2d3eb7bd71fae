package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The jars as used by programs that depend on Slipway. Runs when they are packaged. */
class PackagedLibraryTest {
    private static final Path MODULE = Path.of(System.getProperty("slipway.root", ".."), "gateway-app");

    @TempDir
    private Path folder;

    private static List<Path> jars(Path folder, String glob) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, glob)) {
            found.forEach(jars::add);
        }
        return jars;
    }

    @Test
    void aProgramThatDependsOnSlipwayCompilesWithoutAWarning() throws Exception {
        List<Path> library = jars(MODULE.resolve("target"), "gateway-app-*.jar");
        assertThat(library).hasSize(1);
        // As in a repository: the jars that its manifest may list are not beside it.
        Path alone = Files.copy(library.getFirst(), folder.resolve("gateway-app.jar"));
        String classPath = Stream.concat(Stream.of(alone), jars(MODULE.resolve("target/lib"), "*.jar").stream())
                .map(Path::toString)
                .collect(Collectors.joining(File.pathSeparator));
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-Xlint:all", "-Werror", "-d", folder.toString(), "-classpath", classPath),
                        null,
                        compiler.getStandardFileManager(null, null, null)
                                .getJavaFileObjects(
                                        MODULE.resolveSibling("examples/src/main/java/example/EmbeddedGateway.java")))
                .call();
        assertThat(messages.toString()).isEmpty();
        assertThat(compiled).isTrue();
    }
}
