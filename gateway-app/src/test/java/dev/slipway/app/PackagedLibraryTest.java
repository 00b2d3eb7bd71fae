package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import net.schmizz.sshj.SSHClient;
import net.schmizz.sshj.sftp.SFTPClient;
import net.schmizz.sshj.transport.verification.PromiscuousVerifier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The jars as used by programs that depend on Slipway. Runs when they are packaged. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class PackagedLibraryTest {
    private static final Path MODULE = Path.of(System.getProperty("slipway.root", ".."), "gateway-app");

    private static final Path PROGRAM = MODULE.resolveSibling("examples/src/main/java/example/EmbeddedGateway.java");

    @TempDir
    private Path folder;

    private static List<Path> jars(Path folder, String glob) throws IOException {
        List<Path> jars = new ArrayList<>();
        try (DirectoryStream<Path> found = Files.newDirectoryStream(folder, glob)) {
            found.forEach(jars::add);
        }
        return jars;
    }

    /** As in a repository: the jars that the library's manifest may list are not beside it. */
    private List<Path> libraries() throws IOException {
        List<Path> library = jars(MODULE.resolve("target"), "gateway-app-*.jar");
        assertThat(library).hasSize(1);
        Path alone = Files.copy(library.getFirst(), folder.resolve("gateway-app.jar"));
        return Stream.concat(Stream.of(alone), jars(MODULE.resolve("target/lib"), "*.jar").stream())
                .toList();
    }

    private List<Path> compile(String path, List<Path> libraries, List<Path> sources) throws IOException {
        Path classes = folder.resolve("classes");
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter messages = new StringWriter();
        boolean compiled = compiler.getTask(
                        messages,
                        null,
                        null,
                        List.of("-Xlint:all", "-Werror", "-d", classes.toString(), path, joined(libraries)),
                        null,
                        compiler.getStandardFileManager(null, null, null).getJavaFileObjectsFromPaths(sources))
                .call();
        assertThat(messages.toString()).isEmpty();
        assertThat(compiled).isTrue();
        return Stream.concat(Stream.of(classes), libraries.stream()).toList();
    }

    private static String joined(List<Path> paths) {
        return paths.stream().map(Path::toString).collect(Collectors.joining(File.pathSeparator));
    }

    @Test
    void aProgramThatDependsOnSlipwayCompilesWithoutAWarning() throws Exception {
        compile("--class-path", libraries(), List.of(PROGRAM));
    }

    @Test
    void aModularProgramStoresAnUpload(S3Bucket bucket) throws Exception {
        Path module = Files.writeString(
                folder.resolve("module-info.java"), "module example {\n    requires dev.slipway.app;\n}\n");
        // What the guide tells such a program to leave out, and the logging of the command line.
        List<Path> modules = libraries().stream()
                .filter(jar -> !jar.getFileName().toString().matches("(s3proxy|guava|logback-.*|logstash-.*)-.*\\.jar"))
                .toList();
        Path stderr = folder.resolve("stderr");
        Process program = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "-XX:MaxDirectMemorySize=1g",
                        "--sun-misc-unsafe-memory-access=allow",
                        "--enable-native-access=org.xerial.sqlitejdbc,io.netty.common,com.github.luben.zstd_jni,dev.slipway.ingest",
                        "--add-modules",
                        "ALL-MODULE-PATH",
                        "--module-path",
                        joined(compile("--module-path", modules, List.of(module, PROGRAM))),
                        "--module",
                        "example/example.EmbeddedGateway",
                        bucket.endpoint().uri().toString(),
                        bucket.endpoint().accessKey(),
                        bucket.endpoint().secretKey(),
                        bucket.name(),
                        folder.resolve("state").toString())
                .redirectError(stderr.toFile())
                .start();
        try (BufferedReader out = program.inputReader()) {
            String port = String.valueOf(out.readLine());
            assertThat(port).as(Files.readString(stderr)).startsWith("SFTP on port ");
            assertThat(out.readLine()).isEqualTo("Press Enter to end");
            upload(Integer.parseInt(port.substring("SFTP on port ".length())));

            assertThat(out.readLine()).isEqualTo("/hello.txt is stored: 5 bytes");
            program.outputWriter().append('\n').close();
            assertThat(program.waitFor(Patience.LIMIT.toSeconds(), TimeUnit.SECONDS))
                    .isTrue();
            assertThat(program.exitValue()).as(Files.readString(stderr)).isZero();
        } finally {
            program.destroyForcibly();
        }
    }

    private void upload(int port) throws IOException {
        Path file = Files.writeString(folder.resolve("hello.txt"), "hello");
        try (SSHClient client = new SSHClient()) {
            client.addHostKeyVerifier(new PromiscuousVerifier());
            client.connect("127.0.0.1", port);
            client.authPassword("anna", "secret-of-anna");
            try (SFTPClient sftp = client.newSFTPClient()) {
                sftp.put(file.toString(), "/hello.txt");
            }
        }
    }
}
