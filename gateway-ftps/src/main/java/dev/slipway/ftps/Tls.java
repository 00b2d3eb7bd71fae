package dev.slipway.ftps;

import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/** What control and data connections have in common in TLS. */
final class Tls {
    private static final List<String> PROTOCOLS = List.of("TLSv1.3", "TLSv1.2");

    private Tls() {}

    /** An engine for the server's side, with TLS 1.3 and 1.2, waiting for the client's hello. */
    static SSLEngine serverEngine(SSLContext context) throws SSLException {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        List<String> supported = Arrays.asList(engine.getSupportedProtocols());
        engine.setEnabledProtocols(
                PROTOCOLS.stream().filter(supported::contains).toArray(String[]::new));
        engine.beginHandshake();
        return engine;
    }

    static void runTasks(SSLEngine engine) {
        for (Runnable task = engine.getDelegatedTask(); task != null; task = engine.getDelegatedTask()) {
            task.run();
        }
    }
}
