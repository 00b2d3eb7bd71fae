package dev.slipway.bench;

import dev.slipway.app.keys.CertificateSource;
import dev.slipway.app.keys.DevelopmentCa;
import dev.slipway.testing.Clients;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder in memory with everything that a run needs: keys, certificates, files to upload. Deleted when it is closed.
 * Not thread-safe.
 */
final class Workspace implements AutoCloseable {
    private static final Path MEMORY = Path.of("/dev/shm");

    private final Path root;
    private final Path key;
    private final CertificateSource.PemFiles certificate;

    private Workspace(Path root, Path key, CertificateSource.PemFiles certificate) {
        this.root = root;
        this.key = key;
        this.certificate = certificate;
    }

    /** Creates the folder, in {@code /dev/shm} if that exists, otherwise in the folder for temporary files. */
    static Workspace create() throws IOException, InterruptedException {
        Path root = Files.isWritable(MEMORY)
                ? Files.createTempDirectory(MEMORY, "slipway-bench")
                : Files.createTempDirectory("slipway-bench");
        try {
            return new Workspace(
                    root,
                    generateKey(root.resolve("client")),
                    DevelopmentCa.openOrCreate(root.resolve("tls")).server("server", List.of("localhost")));
        } catch (IOException | InterruptedException | RuntimeException e) {
            delete(root);
            throw e;
        }
    }

    private static Path generateKey(Path file) throws InterruptedException {
        Clients.command("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "benchmark", "-f", file.toString())
                .run(Duration.ofSeconds(20))
                .assertSuccess();
        return file;
    }

    Path root() {
        return root;
    }

    /** A new, empty folder. */
    Path folder(String prefix) throws IOException {
        return Files.createTempDirectory(root, prefix);
    }

    /** A new file with this text. */
    Path text(String text) throws IOException {
        return Files.writeString(Files.createTempFile(root, "text", ""), text);
    }

    /** A program from this package's resources. */
    Path script(String name) throws IOException {
        Path file = root.resolve(name);
        if (!Files.exists(file)) {
            try (InputStream in = Objects.requireNonNull(Workspace.class.getResourceAsStream(name), name)) {
                Files.copy(in, file);
            }
        }
        return file;
    }

    /** The names of the files in a folder, sorted. */
    static List<String> names(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> String.valueOf(file.getFileName()))
                    .sorted()
                    .toList();
        }
    }

    /** A new SSH host key. */
    Path hostKey(Path folder) throws InterruptedException {
        return generateKey(folder.resolve("host_key"));
    }

    /** The public half of a folder's {@link #hostKey}. */
    static Path hostPublicKey(Path folder) {
        return folder.resolve("host_key.pub");
    }

    /** The clients' private key; the public key is in the same folder. */
    Path key() {
        return key;
    }

    /** The line of {@code authorized_keys} for {@link #key}. */
    String publicKey() throws IOException {
        return Files.readString(root.resolve("client.pub")).strip();
    }

    /** The certificate of all FTPS servers. */
    CertificateSource.PemFiles certificate() {
        return certificate;
    }

    /** A file of random bytes, created at the first use. */
    Path file(long bytes) throws IOException {
        Path file = root.resolve("upload-" + bytes);
        if (!Files.exists(file)) {
            write(file, bytes, new Random(bytes));
        }
        return file;
    }

    /** Deletes a {@link #file} before the end. */
    void forget(Path file) throws IOException {
        Files.delete(file);
    }

    /** A folder with files of random bytes, named {@code file-0} and so on, created at the first use. */
    Path files(int count, long bytes) throws IOException {
        Path folder = root.resolve("upload-" + count + "x" + bytes);
        if (!Files.exists(folder)) {
            Files.createDirectory(folder);
            Random random = new Random(bytes);
            for (int i = 0; i < count; i++) {
                write(folder.resolve("file-" + i), bytes, random);
            }
        }
        return folder;
    }

    private static void write(Path file, long bytes, Random random) throws IOException {
        byte[] block = new byte[(int) Math.min(bytes, 1 << 20)];
        try (OutputStream out = Files.newOutputStream(file)) {
            for (long left = bytes; left > 0; left -= block.length) {
                random.nextBytes(block);
                out.write(block, 0, (int) Math.min(left, block.length));
            }
        }
    }

    static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path visited, @Nullable IOException failure) throws IOException {
                Files.delete(visited);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public void close() throws IOException {
        delete(root);
    }
}
