package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.Protocol.ListenPorts;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.ClientResult;
import dev.slipway.testing.Clients;
import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HeldRequests;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.Patience;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.RunningClient;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that fails in the middle of transfers, or whose object changes during a transfer. */
@S3Store
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FailingStoreTest {
    private static final int MIB = 1 << 20;
    private static final Duration LIMIT = Patience.LIMIT;
    private static final byte[] OLD = Bytes.random(1, 1000);
    private static final byte[] LARGE = Bytes.random(2, 12 * MIB);
    private static final List<Protocol> PROTOCOLS = List.of(Protocol.EXPLICIT_FTPS, Protocol.SFTP);

    @TempDir
    private Path directory;

    private FaultProxy network;
    private BucketView stored;
    private Gateway gateway;
    private ListenPorts ports;
    private Path large;

    /** What the store does to requests. */
    enum Fault {
        ANSWERS_503,
        HANGS,
        CUTS_CONNECTIONS;

        private RequestFault fault() {
            return switch (this) {
                case ANSWERS_503 -> RequestFault.slowDown();
                case HANGS -> new RequestFault.Hang();
                case CUTS_CONNECTIONS -> new RequestFault.CutReply(100);
            };
        }

        /** The object that meets this fault when it is read. */
        private String source() {
            return "large-" + name();
        }

        /** The object that meets this fault when it is written. */
        private String target(Protocol protocol) {
            return name() + "-" + protocol;
        }

        private boolean isMetBy(HttpRequest request) {
            return (isPart(request) && request.path().contains("/" + name() + "-"))
                    || (isLaterRange(request) && request.path().endsWith("/" + source()));
        }
    }

    @BeforeEach
    void start(S3Bucket bucket) throws Exception {
        network = FaultProxy.http(bucket.endpoint().uri());
        stored = new BucketView(bucket);
        gateway = RunningGateway.builder(network.uri(), bucket, directory)
                .set("s3.requestTimeout", "1s")
                .start();
        assertThat(gateway.awaitReady(LIMIT)).isTrue();
        ports = ListenPorts.of(gateway);
        large = Files.write(directory.resolve("large"), LARGE);
        for (Fault fault : Fault.values()) {
            stored.put(fault.source(), LARGE);
            for (Protocol protocol : PROTOCOLS) {
                stored.put(fault.target(protocol), OLD);
            }
        }
    }

    @AfterEach
    void stop() throws IOException {
        gateway.close();
        stored.close();
        network.close();
    }

    private static boolean isPart(HttpRequest request) {
        return request.method().equals("PUT") && request.hasParameter("partNumber");
    }

    /** Whether it requests later bytes of a large object. */
    private static boolean isLaterRange(HttpRequest request) {
        return request.method().equals("GET")
                && request.path().contains("/large-")
                && request.header("range")
                        .filter(range -> !range.startsWith("bytes=0-"))
                        .isPresent();
    }

    /** An upload and a download over each protocol, each of which meets every fault once. */
    private record Transfer(Fault fault, Protocol protocol) {
        static List<Transfer> all() {
            return Arrays.stream(Fault.values())
                    .flatMap(fault -> PROTOCOLS.stream().map(protocol -> new Transfer(fault, protocol)))
                    .toList();
        }

        String target() {
            return fault.target(protocol);
        }
    }

    private Path back(Transfer transfer) {
        return directory.resolve("back-" + transfer.target());
    }

    private Map<Transfer, RunningClient> startUploads() throws IOException {
        Map<Transfer, RunningClient> clients = new LinkedHashMap<>();
        for (Transfer transfer : Transfer.all()) {
            clients.put(
                    transfer,
                    transfer.protocol()
                            .upload(ports, large, transfer.target(), Protocol.UNLIMITED)
                            .start());
        }
        return clients;
    }

    private Map<Transfer, RunningClient> startDownloads() throws IOException {
        Map<Transfer, RunningClient> clients = new LinkedHashMap<>();
        for (Transfer transfer : Transfer.all()) {
            clients.put(
                    transfer,
                    transfer.protocol()
                            .download(ports, transfer.fault().source(), back(transfer))
                            .start());
        }
        return clients;
    }

    private static Map<Transfer, ClientResult> await(Map<Transfer, RunningClient> clients) throws InterruptedException {
        Map<Transfer, ClientResult> results = new LinkedHashMap<>();
        try {
            for (Map.Entry<Transfer, RunningClient> client : clients.entrySet()) {
                results.put(client.getKey(), client.getValue().await(LIMIT));
            }
        } finally {
            clients.values().forEach(RunningClient::close);
        }
        return results;
    }

    private static void assertFailed(Map<Transfer, ClientResult> results) {
        results.forEach((transfer, result) -> assertFailed(transfer.protocol(), result));
    }

    /** curl reads the reply only if the reset of the data connection did not interrupt its transfer. */
    private static void assertFailed(Protocol protocol, ClientResult result) {
        assertThat(result.assertFailure().stderr())
                .containsAnyOf(protocol.unavailable(), "Send failure", "Recv failure");
    }

    private void assertOnlyABeginningArrived(Transfer transfer) throws IOException {
        byte[] came = Files.exists(back(transfer)) ? Files.readAllBytes(back(transfer)) : new byte[0];
        assertThat(came.length).as("%s", transfer).isLessThan(LARGE.length);
        assertThat(Arrays.equals(came, Arrays.copyOf(LARGE, came.length)))
                .as("%s: %s bytes of the one version", transfer, came.length)
                .isTrue();
    }

    private void assertAllWorks() throws Exception {
        Map<Transfer, RunningClient> uploads = startUploads();
        Map<Transfer, RunningClient> downloads = startDownloads();
        await(uploads).values().forEach(ClientResult::assertSuccess);
        await(downloads).values().forEach(ClientResult::assertSuccess);
        for (Transfer transfer : Transfer.all()) {
            assertThat(Arrays.equals(stored.get(transfer.target()), LARGE)).isTrue();
            assertThat(back(transfer)).hasSameBinaryContentAs(large);
        }
        RunningGateway.awaitNoMemoryInUse(gateway);
    }

    @Test
    void transfersFailCleanlyAndWorkAgainAfterwards() throws Exception {
        for (Fault fault : Fault.values()) {
            network.fail(fault::isMetBy, fault.fault());
        }
        Map<Transfer, RunningClient> uploads = startUploads();
        Map<Transfer, RunningClient> downloads = startDownloads();
        assertFailed(await(uploads));
        assertFailed(await(downloads));
        for (Transfer transfer : Transfer.all()) {
            assertOnlyABeginningArrived(transfer);
            assertThat(stored.get(transfer.target())).isEqualTo(OLD);
        }
        RunningGateway.awaitNoMemoryInUse(gateway);
        Patience.await(
                "no upload is pending",
                () -> Transfer.all().stream()
                        .allMatch(transfer ->
                                stored.pendingUploads(transfer.target()).isEmpty()));

        network.pass();
        assertAllWorks();
    }

    @Test
    void faultsThatPassAreNotSeenByClients() throws Exception {
        for (Fault fault : Fault.values()) {
            network.failNext(2, request -> isPart(request) && fault.isMetBy(request), fault.fault());
            network.failNext(2, request -> isLaterRange(request) && fault.isMetBy(request), fault.fault());
        }
        assertAllWorks();
    }

    @Test
    void aFileReplacedDuringADownloadIsAnErrorAndNotMixed() throws Exception {
        Path replacement = Files.write(directory.resolve("replacement"), Bytes.random(3, LARGE.length));
        List<Transfer> transfers = List.of(
                new Transfer(Fault.ANSWERS_503, Protocol.EXPLICIT_FTPS), new Transfer(Fault.HANGS, Protocol.SFTP));
        Map<Transfer, RunningClient> downloads = new LinkedHashMap<>();
        for (Transfer transfer : transfers) {
            String source = transfer.fault().source();
            HeldRequests held = network.hold(
                    1, request -> isLaterRange(request) && request.path().endsWith(source));
            downloads.put(
                    transfer,
                    transfer.protocol().download(ports, source, back(transfer)).start());
            held.awaitArrival(LIMIT);
            Protocol.IMPLICIT_FTPS
                    .upload(ports, replacement, source, Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertSuccess();
        }
        network.pass();

        await(downloads).values().forEach(ClientResult::assertFailure);
        for (Transfer transfer : transfers) {
            assertOnlyABeginningArrived(transfer);
            transfer.protocol()
                    .download(ports, transfer.fault().source(), back(transfer))
                    .run(LIMIT)
                    .assertSuccess();
            assertThat(back(transfer)).hasSameBinaryContentAs(replacement);
        }
        RunningGateway.awaitNoMemoryInUse(gateway);
    }

    @Test
    void aSilentStoreIsReportedAsAnOutage() throws Exception {
        Path small = Files.write(directory.resolve("small"), OLD);
        Map<Protocol, RunningClient> downloads = new LinkedHashMap<>();
        for (Protocol protocol : PROTOCOLS) {
            // A separate object for each, so that each is known to be in progress.
            String source = (protocol == Protocol.SFTP ? Fault.HANGS : Fault.CUTS_CONNECTIONS).source();
            HeldRequests held = network.hold(
                    1, request -> isLaterRange(request) && request.path().endsWith(source));
            downloads.put(
                    protocol,
                    protocol.download(ports, source, directory.resolve("silent-" + protocol))
                            .start());
            held.awaitArrival(LIMIT);
        }
        network.hang();
        for (Map.Entry<Protocol, RunningClient> download : downloads.entrySet()) {
            assertFailed(download.getKey(), download.getValue().await(LIMIT));
        }
        for (Protocol protocol : PROTOCOLS) {
            ClientResult upload = protocol.upload(ports, small, "small", Protocol.UNLIMITED)
                    .run(LIMIT)
                    .assertFailure();
            assertThat(upload.stderr()).contains(protocol.unavailable());
        }
        ClientResult listing = Clients.command(
                        "curl",
                        "-sSvk",
                        "--ssl-reqd",
                        "--user",
                        Protocol.USER + ":" + Protocol.PASSWORD,
                        "ftp://127.0.0.1:" + ports.explicit() + "/")
                .run(LIMIT)
                .assertFailure();
        assertThat(listing.stderr()).contains("< 451 ");
        assertThat(listing.stdout()).isEmpty();

        network.pass();
        assertAllWorks();
    }
}
