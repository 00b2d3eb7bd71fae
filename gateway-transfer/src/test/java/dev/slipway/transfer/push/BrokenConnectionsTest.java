package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.HttpRequest;
import dev.slipway.testing.RequestFault;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.NewJob;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Pushes over connections that break again and again: what has arrived is not sent a second time. */
@S3Store
class BrokenConnectionsTest {
    private static final int MIB = 1 << 20;
    private static final int CUT = 3_000_000;

    private final S3Bucket bucket;
    private final Path folder;
    private final Path target;

    BrokenConnectionsTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.target = Files.createDirectory(folder.resolve("remote")).resolve("target");
    }

    /** With and without a system that tells the offset of a file. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aRemoteThatGetsThreeMegabytesPerConnectionGetsAWholeFile(boolean linux) throws Exception {
        int size = 33 * MIB;
        SshdServer.Options options = SshdServer.options();
        if (!linux) {
            // dd reads the commands: it changes the name of the file that tells the offset.
            options.replacing("dd", dd -> """
                    case "$*" in
                      *seek=*) exec %1$s "$@";;
                      *) %1$s "$@" | sed s,/proc/self/fdinfo,/nothing,g;;
                    esac
                    """.formatted(dd));
        }
        try (FaultProxy store = FaultProxy.http(bucket.endpoint().uri());
                SshdServer server = options.start();
                Pushing pushing = new Pushing(
                        bucket, folder, Pushing.remote(server, server.port(), TransferMode.DIRECT, 4), store.uri())) {
            byte[] content = pushing.put("source", 1, size);
            store.cutAfter(FaultProxy.Direction.TO_CLIENT, CUT, FaultProxy.Ending.RST);
            assertThat(pushing.kind().run(new TestRun(pushing.job("source", target), "")))
                    .isInstanceOf(JobResult.Done.class);
            assertThat(target).hasBinaryContent(content);
            assertThat(store.bytesToClient()).isLessThan(2L * size);
        }
    }

    @Test
    void aGatewayThatSendsThreeMegabytesPerConnectionSendsAWholeFile() throws Exception {
        int size = 12 * MIB;
        try (SshdServer server = SshdServer.start();
                FaultProxy ssh = FaultProxy.tcp(server.port());
                Pushing pushing = new Pushing(
                        bucket, folder, Pushing.remote(server, ssh.port(), TransferMode.STREAMING, 4), null)) {
            byte[] content = pushing.put("source", 1, size);
            NewJob job = pushing.job("source", target);
            ssh.cutAfter(FaultProxy.Direction.TO_SERVER, CUT, FaultProxy.Ending.RST);
            String checkpoint = "";
            JobResult result = null;
            for (int attempt = 0; result == null && attempt < 30; attempt++) {
                TestRun run = new TestRun(job, checkpoint);
                try {
                    result = pushing.kind().run(run);
                } catch (JobException e) {
                    assertThat(e.isRetryable()).as(e.getMessage()).isTrue();
                }
                checkpoint = run.checkpoint();
            }
            assertThat(result).isInstanceOf(JobResult.Done.class);
            assertThat(target).hasBinaryContent(content);
        }
    }

    /** The connection to the remote breaks while curl is in the middle of a range. */
    @Test
    void aRangeContinuesWhereItWasBrokenOff() throws Exception {
        long there = 9 * MIB;
        try (FaultProxy store = FaultProxy.http(bucket.endpoint().uri());
                SshdServer server = SshdServer.start();
                Pushing pushing = new Pushing(
                        bucket, folder, Pushing.remote(server, server.port(), TransferMode.DIRECT, 1), store.uri())) {
            byte[] content = pushing.put("source", 1, 40 * MIB);
            NewJob job = pushing.job("source", target);
            store.fail(request -> rangeBytes(request) > there, new RequestFault.StallReply(there));
            AtomicBoolean killed = new AtomicBoolean();
            TestRun first = new TestRun(job, "").watchedBy(run -> {
                if (run.bytesDone() >= there && killed.compareAndSet(false, true)) {
                    server.kill();
                }
            });
            assertThatThrownBy(() -> pushing.kind().run(first))
                    .isInstanceOfSatisfying(
                            JobException.class,
                            e -> assertThat(e.isRetryable()).as(e.getMessage()).isTrue());
            store.pass();
            server.restart();
            AtomicLong least = new AtomicLong(Long.MAX_VALUE);
            TestRun second = new TestRun(job, first.checkpoint()).watchedBy(run -> {
                if (run.phases().getLast().equals("fetched by the remote")) {
                    least.accumulateAndGet(run.bytesDone(), Math::min);
                }
            });
            assertThat(pushing.kind().run(second)).isInstanceOf(JobResult.Done.class);
            assertThat(least.get()).isGreaterThanOrEqualTo(there);
            assertThat(target).hasBinaryContent(content);
        }
    }

    private static long rangeBytes(HttpRequest request) {
        Matcher range = Pattern.compile("bytes=(\\d+)-(\\d+)")
                .matcher(request.header("Range").orElse(""));
        return range.matches() ? Long.parseLong(range.group(2)) - Long.parseLong(range.group(1)) + 1 : 0;
    }
}
