package dev.slipway.app.embedded;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;

/** A store in a separate process, for tests that kill it. It prints its address, and ends with its standard input. */
final class EmbeddedS3Process {
    private EmbeddedS3Process() {}

    public static void main(String[] arguments) throws Exception {
        try (EmbeddedS3 store = EmbeddedS3.start(
                Path.of(arguments[0]), new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "key", "secret")) {
            System.out.println(store.endpoint());
            while (System.in.read() >= 0) {
                // Waits for the end of the input.
            }
        }
    }
}
