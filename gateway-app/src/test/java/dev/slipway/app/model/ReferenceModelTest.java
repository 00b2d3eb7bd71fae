package dev.slipway.app.model;

import dev.slipway.app.embedded.EmbeddedS3;
import dev.slipway.testing.Folders;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Endpoint;
import dev.slipway.testing.S3Product;
import dev.slipway.testing.S3Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.EdgeCasesMode;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.S3AsyncClient;

/** Slipway behaves like the model, whatever operations are requested, over either protocol and in any order. */
class ReferenceModelTest {
    private static final String BUCKET = "model";

    /** Always the same programs; run more of them to see others. */
    private static final String SEED = "20261121";

    private static final AtomicInteger buckets = new AtomicInteger();

    private static @Nullable Running running;

    /** A real store and the embedded one, each with a gateway in front. */
    private record Running(S3Server store, Site site, Path folder, EmbeddedS3 embedded, Site embeddedSite) {
        void close() throws IOException {
            site.close();
            store.close();
            embeddedSite.close();
            embedded.close();
            Folders.delete(folder);
        }
    }

    @BeforeContainer
    static void start() throws IOException, InterruptedException {
        S3Server store = S3Server.start(S3Product.MINIO);
        Path folder = Files.createTempDirectory("slipway-embedded");
        EmbeddedS3 embedded =
                EmbeddedS3.start(folder, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), "key", "secret");
        S3Endpoint endpoint = new S3Endpoint("s3proxy", embedded.endpoint(), "us-east-1", "key", "secret");
        running = new Running(
                store,
                new Site(bucket(store.endpoint(), BUCKET), StoppedHost::new),
                folder,
                embedded,
                new Site(bucket(endpoint, BUCKET), StoppedHost::new));
    }

    private static S3Bucket bucket(S3Endpoint endpoint, String name) {
        try (S3AsyncClient client = endpoint.newClient()) {
            client.createBucket(request -> request.bucket(name)).join();
        }
        return new S3Bucket(endpoint, name);
    }

    @AfterContainer
    static void stop() throws IOException {
        running().close();
    }

    private static Running running() {
        if (running == null) {
            throw new IllegalStateException("not started");
        }
        return running;
    }

    private static Site site() {
        return running().site();
    }

    @Provide
    static Arbitrary<List<Draft>> programs() {
        return Programs.any();
    }

    @Property(seed = SEED, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void answersAndBytesMatchTheModel(@ForAll("programs") List<Draft> program)
            throws IOException, InterruptedException {
        run(site(), program);
    }

    private static void run(Site site, List<Draft> program) throws IOException, InterruptedException {
        try (ProgramRun run = new ProgramRun(site, true)) {
            run.run(program);
        } finally {
            site.reachStoreAgain();
        }
    }

    @Property(seed = SEED, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void theEmbeddedStoreBehavesTheSame(@ForAll("programs") List<Draft> program)
            throws IOException, InterruptedException {
        run(running().embeddedSite(), program);
    }

    @Provide
    static Arbitrary<List<Draft>> killings() {
        return Programs.killing();
    }

    /** Only one, since starting a process takes seconds. */
    @Property(seed = SEED, tries = 1, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void jobsContinueAfterAGatewayIsKilled(@ForAll("killings") List<Draft> program)
            throws IOException, InterruptedException {
        S3Endpoint endpoint = running().store().endpoint();
        try (Site site = new Site(bucket(endpoint, "killed" + buckets.incrementAndGet()), KilledHost::new);
                ProgramRun run = new ProgramRun(site, false)) {
            run.run(program);
        }
    }

    @Provide
    static Arbitrary<List<List<Draft>>> neighbours() {
        return Programs.peaceful().list().ofSize(3);
    }

    /** Concurrent clients in separate directories do not notice each other. */
    @Property(seed = SEED, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void neighboursDoNotMatter(@ForAll("neighbours") List<List<Draft>> programs)
            throws IOException, InterruptedException {
        Concurrently.run(programs.stream()
                .<Concurrently.Task>map(program -> () -> {
                    try (ProgramRun run = new ProgramRun(site(), false)) {
                        run.run(program);
                    }
                })
                .toList());
    }

    @Provide
    static Arbitrary<List<List<Step>>> rivals() {
        return Programs.shared().list().ofSize(3);
    }

    /** Concurrent clients that change the same paths read complete files, and lose none. */
    @Property(seed = SEED, shrinking = ShrinkingMode.BOUNDED, edgeCases = EdgeCasesMode.NONE)
    void filesStayCompleteAndPresent(@ForAll("rivals") List<List<Step>> programs)
            throws IOException, InterruptedException {
        new SharedRun(site()).run(programs);
    }
}
