package dev.slipway.app;

import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/**
 * The listeners of a running gateway, for health checks that do not know its settings: a line for each with its
 * protocol ({@code http}, {@code https}, {@code ssh}, {@code ftp}, {@code ftps}), its address and its port. {@code
 * packaging/health.sh} reads it.
 */
final class ListenersFile implements AutoCloseable {
    private final Path file;
    private final List<String> lines = new ArrayList<>();

    ListenersFile(Path file) {
        this.file = file;
    }

    /** @param port empty if there is no such listener */
    ListenersFile with(String speaks, InetAddress address, OptionalInt port) {
        port.ifPresent(number -> lines.add(speaks + " " + address.getHostAddress() + " " + number));
        return this;
    }

    /** Writes the file atomically, replacing that of a killed gateway. */
    ListenersFile write() throws IOException {
        Path begun = file.resolveSibling(file.getFileName() + ".new");
        Files.write(begun, lines);
        Files.move(begun, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return this;
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(file);
    }
}
