package dev.slipway.admin.control;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** The path of a control socket, which has a shorter maximum length than other paths. */
final class ControlPath {
    /** Maximum length in bytes that fits into {@code sun_path} with its terminator: 108 on Linux, 104 on macOS. */
    private static final int LONGEST = 103;

    private ControlPath() {}

    /** @throws IOException it is too long */
    static UnixDomainSocketAddress address(Path path) throws IOException {
        String text = path.toAbsolutePath().normalize().toString();
        int length = text.getBytes(StandardCharsets.UTF_8).length;
        if (length > LONGEST) {
            throw new IOException(
                    "the path " + text + " has " + length + " bytes; the maximum for a socket is " + LONGEST
                            + ": choose a shorter state.directory. Accounts with the option admin can run the same"
                            + " commands over SSH");
        }
        return UnixDomainSocketAddress.of(text);
    }
}
