package dev.slipway.ingest.archive;

import dev.slipway.core.s3.memory.Call.Operation;
import dev.slipway.core.s3.memory.Fault;
import dev.slipway.core.s3.memory.Faults;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.s3.TestBucket;
import dev.slipway.core.store.s3.TestStore;
import dev.slipway.testing.Patience;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A process that archives a local folder, and stops for ever before one request, where it is killed. */
final class KilledArchiver {
    private static final String HELD = "held";
    private static final URI NO_SERVER = URI.create("");

    private KilledArchiver() {}

    /** The settings of the task {@code logs}. */
    static ArchiveSettings settings(Path root) {
        return new SettingsBuilder<>(ArchiveSettings.class)
                .set("name", "logs")
                .set("source.folder", root)
                .build();
    }

    /**
     * Starts a run in a process of its own, and kills that as it is about to make a request.
     *
     * @param end of the key that the request is about
     */
    static void runUntil(S3Bucket bucket, Path state, Path root, Operation operation, String end)
            throws IOException, InterruptedException {
        runUntil(bucket, state, root, operation, end, NO_SERVER);
    }

    /** Likewise, with a server for manifests, and the bucket as the fallback. */
    static void runUntil(S3Bucket bucket, Path state, Path root, Operation operation, String end, URI server)
            throws IOException, InterruptedException {
        Process process = start(bucket, state, root, operation, end, server);
        StringBuilder output = new StringBuilder();
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); !HELD.equals(line); line = lines.readLine()) {
                if (line == null) {
                    throw new AssertionError("the process has ended: " + output);
                }
                output.append(line).append('\n');
            }
        } finally {
            kill(process);
        }
    }

    static void kill(Process process) {
        Process _ = process.destroyForcibly()
                .onExit()
                .orTimeout(Patience.SECONDS, TimeUnit.SECONDS)
                .join();
    }

    /** The settings of manifests on a server, with the bucket as the fallback. */
    static ManifestSettings manifest(S3Bucket bucket, URI server) {
        SettingsBuilder<ManifestSettings> settings = new SettingsBuilder<>(ManifestSettings.class);
        return server.equals(NO_SERVER)
                ? settings.build()
                : settings.set("url", server)
                        .set("fallbackBucket", bucket.name())
                        .build();
    }

    /** Starts a process with a run that stops for ever before a request, if it makes that. */
    static Process start(S3Bucket bucket, Path state, Path root, Operation operation, String end, URI server)
            throws IOException {
        S3Endpoint endpoint = bucket.endpoint();
        return new ProcessBuilder(List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xmx256m",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        KilledArchiver.class.getName(),
                        endpoint.product(),
                        endpoint.uri().toString(),
                        endpoint.region(),
                        endpoint.accessKey(),
                        endpoint.secretKey(),
                        bucket.name(),
                        state.toString(),
                        root.toString(),
                        operation.name(),
                        end,
                        server.toString()))
                .redirectErrorStream(true)
                .start();
    }

    /** The process. */
    public static void main(String... arguments) throws Exception {
        S3Endpoint endpoint =
                new S3Endpoint(arguments[0], URI.create(arguments[1]), arguments[2], arguments[3], arguments[4]);
        S3Bucket bucket = new S3Bucket(endpoint, arguments[5]);
        Faults faults = new Faults();
        Operation operation = Operation.valueOf(arguments[8]);
        faults.always(
                call -> call.is(operation) && call.key().endsWith(arguments[9]),
                new Fault.Hold(new CompletableFuture<>()));
        ArchivingGateway gateway = new ArchivingGateway(
                new TestStore(TestBucket.of(bucket).with(faults), Path.of(arguments[6])),
                bucket.name(),
                List.of(settings(Path.of(arguments[7]))),
                manifest(bucket, URI.create(arguments[10])));
        String _ = gateway.start(true);
        Patience.await(
                "it is held",
                () -> faults.calls().stream()
                        .anyMatch(call -> call.is(operation) && call.key().endsWith(arguments[9])));
        System.out.println(HELD);
        // The one who has started it has died.
        int _ = System.in.read();
        Runtime.getRuntime().halt(1);
    }
}
