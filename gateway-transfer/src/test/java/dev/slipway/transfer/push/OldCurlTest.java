package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.testing.FaultProxy;
import dev.slipway.testing.S3Bucket;
import dev.slipway.testing.S3Store;
import dev.slipway.testing.SshdServer;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Remotes with curl 7.29, as on RHEL 7. No package of this system has it, so a script stands before the real one: it refuses
 * the options that came later, and prints on standard output what the old one could not print elsewhere.
 */
@S3Store
class OldCurlTest {
    private static final int MIB = 1 << 20;

    private final S3Bucket bucket;
    private final Path folder;
    private final Path target;

    OldCurlTest(S3Bucket bucket, @TempDir Path folder) throws IOException {
        this.bucket = bucket;
        this.folder = folder;
        this.target = Files.createDirectory(folder.resolve("remote")).resolve("target");
    }

    private static SshdServer.Options options() {
        return SshdServer.options().replacing("curl", curl -> """
                case "$*" in *--version*) echo 'curl 7.29.0 (x86_64-redhat-linux-gnu) libcurl/7.29.0'; exit;; esac
                config=$(sed 's/%%{stderr}//')
                if printf '%%s\\n' "$config" | grep -qx -e fail-early -e next; then
                  echo 'curl: option -: is unknown' >&2
                  exit 2
                fi
                printf '%%s\\n' "$config" | exec %s "$@"
                """.formatted(curl));
    }

    private Pushing pushing(SshdServer server, FaultProxy store, TransferMode mode) throws IOException {
        return new Pushing(bucket, folder, Pushing.remote(server, server.port(), mode, 4), store.uri());
    }

    @Test
    void itFetchesFilesAndResumesInTheMiddle() throws Exception {
        try (SshdServer server = options().start();
                FaultProxy store = FaultProxy.http(bucket.endpoint().uri());
                Pushing pushing = pushing(server, store, TransferMode.DIRECT)) {
            byte[] content = pushing.put("source", 1, 41 * MIB);
            // A reset would discard bytes that are counted below.
            store.cutAfter(FaultProxy.Direction.TO_CLIENT, 5 * MIB, FaultProxy.Ending.FIN);
            TestRun run = new TestRun(pushing.job("source", target), "");
            assertThat(pushing.kind().run(run))
                    .isInstanceOfSatisfying(
                            JobResult.Done.class,
                            done -> assertThat(done.message()).contains("MD5 compared"));
            assertThat(target).hasBinaryContent(content);
            assertThat(run.modes()).singleElement().asString().startsWith("direct ");
            assertThat(store.bytesToClient()).as("all of it came through curl").isBetween(41L * MIB, 46L * MIB);
        }
    }

    @Test
    void itIsServedByStreamingIfTheStoreRefusesIt() throws Exception {
        try (SshdServer server = options().start();
                FaultProxy store = FaultProxy.http(bucket.endpoint().uri());
                Pushing pushing = pushing(server, store, TransferMode.AUTO)) {
            byte[] content = pushing.put("source", 1, 9 * MIB);
            store.respond(403, "<Error><Code>AccessDenied</Code></Error>");
            TestRun run = new TestRun(pushing.job("source", target), "");
            assertThat(pushing.kind().run(run)).isInstanceOf(JobResult.Done.class);
            assertThat(run.phases()).contains("fetched by the remote", "sending");
            assertThat(run.modes())
                    .satisfiesExactly(
                            mode -> assertThat(mode).startsWith("direct "),
                            mode -> assertThat(mode).startsWith("streaming "));
            assertThat(target).hasBinaryContent(content);
        }
    }

    /** On a system that does not tell how far the file is, nothing would be known of the transfer. */
    @Test
    void itIsServedByStreamingWithoutTheOffsetsOfFiles() throws Exception {
        try (SshdServer server =
                        options().replacing("dd", dd -> """
                                case "$*" in
                                  *seek=*) exec %1$s "$@";;
                                  *) %1$s "$@" | sed s,/proc/self/fdinfo,/nothing,g;;
                                esac
                                """.formatted(dd)).start();
                FaultProxy store = FaultProxy.http(bucket.endpoint().uri())) {
            try (Pushing pushing = pushing(server, store, TransferMode.AUTO)) {
                byte[] content = pushing.put("source", 1, 9 * MIB);
                pushing.kind().run(new TestRun(pushing.job("source", target), ""));
                assertThat(target).hasBinaryContent(content);
            }
            Files.delete(target);
            try (Pushing pushing = pushing(server, store, TransferMode.DIRECT)) {
                assertThatThrownBy(() -> pushing.kind().run(new TestRun(pushing.job("source", target), "")))
                        .isInstanceOfSatisfying(
                                JobException.class,
                                e -> assertThat(e.isRetryable()).isFalse())
                        .hasMessageContaining("its curl is 7.29.0, and 7.63 or later is needed");
            }
            assertThat(store.requests()).isEmpty();
        }
    }
}
