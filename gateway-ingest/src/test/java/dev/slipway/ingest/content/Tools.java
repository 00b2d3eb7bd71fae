package dev.slipway.ingest.content;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Makes files with the real tools, and reads them. */
final class Tools {
    static final ExpansionLimits LIMITS =
            new ExpansionLimits(200, new dev.slipway.core.unit.DataSize(1L << 30), 1000, 900);

    private final Path folder;

    Tools(Path folder) {
        this.folder = folder;
    }

    Path path(String name) {
        return folder.resolve(name);
    }

    /** Runs a command of the shell in the folder. */
    Tools run(String command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder("bash", "-ec", command)
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new AssertionError(command + ": " + output);
        }
        return this;
    }

    ContentType type(String name) throws IOException {
        try (SeekableByteChannel file = Files.newByteChannel(path(name))) {
            return Content.of(file, LIMITS).type();
        }
    }

    /** The contents of a single compressed file. */
    byte[] decompressed(String name) throws IOException {
        return decompressed(name, LIMITS);
    }

    byte[] decompressed(String name, ExpansionLimits limits) throws IOException {
        try (SeekableByteChannel file = Files.newByteChannel(path(name))) {
            if (!(Content.of(file, limits) instanceof Content.Compressed compressed)) {
                throw new AssertionError(name + " is not a single compressed file");
            }
            try (InputStream in = compressed.open()) {
                return in.readAllBytes();
            }
        }
    }

    /** The files of an archive by their paths; folders have a slash at the end. */
    Map<String, byte[]> members(String name) throws IOException {
        return members(name, LIMITS);
    }

    Map<String, byte[]> members(String name, ExpansionLimits limits) throws IOException {
        Map<String, byte[]> members = new LinkedHashMap<>();
        try (SeekableByteChannel file = Files.newByteChannel(path(name))) {
            if (!(Content.of(file, limits) instanceof Content.Archive archive)) {
                throw new AssertionError(name + " is not an archive");
            }
            archive.visit(new MemberVisitor() {
                @Override
                public void folder(Member folder) {
                    members.put(folder.path() + "/", new byte[0]);
                }

                @Override
                public void file(Member member, long size, InputStream bytes) throws IOException {
                    ByteArrayOutputStream content = new ByteArrayOutputStream();
                    bytes.transferTo(content);
                    members.put(member.path(), content.toByteArray());
                }
            });
        }
        return members;
    }
}
