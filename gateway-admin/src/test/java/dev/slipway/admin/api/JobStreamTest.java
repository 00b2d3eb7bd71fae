package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import dev.slipway.core.state.ApiTokenTable;
import dev.slipway.testing.Clients;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobState;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Events of jobs. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JobStreamTest {
    @TempDir
    private Path folder;

    private RunningApi api;
    private String viewer;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
        viewer = api.token("v", Role.VIEWER);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    /** A reader of events. */
    private final class Follower implements AutoCloseable {
        private final BufferedReader lines;
        private String id = "";

        Follower(String query, String lastId) throws IOException, InterruptedException {
            HttpRequest.Builder builder = api.request("/events" + query).header("Authorization", "Bearer " + viewer);
            if (!lastId.isEmpty()) {
                builder.header("Last-Event-ID", lastId);
            }
            HttpResponse<InputStream> response =
                    api.client.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.statusCode()).isEqualTo(200);
            assertThat(response.headers().firstValue("Content-Type")).hasValue("text/event-stream");
            lines = new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
        }

        /** The next line with this beginning. */
        String line(String begin) throws IOException {
            for (int i = 0; i < 10_000; i++) {
                String line = lines.readLine();
                assertThat(line).as("the stream goes on until " + begin).isNotNull();
                if (line.startsWith("id: ")) {
                    id = line.substring(4);
                }
                if (line.startsWith(begin)) {
                    return line.substring(begin.length());
                }
            }
            throw new AssertionError("there was no " + begin);
        }

        JsonNode next() throws IOException {
            String data = line("data: ");
            assertThat(new OpenApiDocument().errors("JobEvent", data)).as(data).isEmpty();
            return JsonMapper.shared().readTree(data);
        }

        @Override
        public void close() throws IOException {
            lines.close();
        }
    }

    @Test
    void aStreamBeginsWithTheCurrentStateAndContinues() throws Exception {
        api.jobs.happen(ListedJobs.running("one", 5, 10));
        api.jobs.happen(ListedJobs.job("old", JobState.FAILED, 5, 10));
        try (Follower follower = new Follower("", "")) {
            assertThat(follower.next().get("id").stringValue()).isEqualTo("one");
            api.jobs.happen(ListedJobs.running("two", 1, 10));
            assertThat(follower.next().get("id").stringValue()).isEqualTo("two");
            api.jobs.happen(ListedJobs.job("one", JobState.SUCCEEDED, 10, 10));
            assertThat(follower.next().get("state").stringValue()).isEqualTo("succeeded");
            assertThat(follower.line(": ")).as("a heartbeat").isEqualTo("still here");
        }
    }

    @Test
    void aReconnectingReaderGetsMissedEvents() throws Exception {
        String last;
        api.jobs.happen(ListedJobs.running("one", 0, 10));
        try (Follower follower = new Follower("", "")) {
            // What the stream begins with, which may otherwise have the following event in it already.
            follower.next();
            api.jobs.happen(ListedJobs.running("one", 1, 10));
            follower.next();
            last = follower.id;
        }
        api.jobs.happen(ListedJobs.running("one", 2, 10));
        api.jobs.happen(ListedJobs.running("one", 3, 10));
        try (Follower follower = new Follower("", last)) {
            assertThat(follower.next().get("bytesDone").longValue()).isEqualTo(2);
            assertThat(follower.next().get("bytesDone").longValue()).isEqualTo(3);
        }
        try (Follower follower = new Follower("", "another-7")) {
            assertThat(follower.next().get("bytesDone").longValue())
                    .as("how it stands now")
                    .isEqualTo(3);
        }
        for (int i = 0; i < 1100; i++) {
            api.jobs.happen(ListedJobs.running("one", 4 + i, 10_000));
        }
        try (Follower follower = new Follower("", last)) {
            assertThat(follower.next().get("bytesDone").longValue())
                    .as("more than is remembered")
                    .isEqualTo(1103);
        }
    }

    @Test
    void oneJobCanBeFollowed() throws Exception {
        api.jobs.happen(ListedJobs.job("one", JobState.FAILED, 5, 10));
        try (Follower follower = new Follower("?job=one", "")) {
            assertThat(follower.next().get("state").stringValue()).isEqualTo("failed");
            api.jobs.happen(ListedJobs.running("two", 1, 10));
            api.jobs.happen(ListedJobs.running("one", 7, 10));
            assertThat(follower.next().get("bytesDone").longValue()).isEqualTo(7);
        }
        assertThat(api.get("/events?job=none", viewer).statusCode()).isEqualTo(404);
    }

    @Test
    void jobsOfOtherGatewaysAreShown() throws Exception {
        api.jobs.elsewhere(ListedJobs.running("far", 1, 10));
        try (Follower follower = new Follower("", "")) {
            assertThat(follower.next().get("bytesDone").longValue()).isEqualTo(1);
            api.jobs.elsewhere(ListedJobs.running("far", 2, 10));
            JsonNode seen = follower.next();
            while (seen.get("bytesDone").longValue() == 1) {
                seen = follower.next();
            }
            assertThat(seen.get("bytesDone").longValue()).isEqualTo(2);
            api.jobs.elsewhere(ListedJobs.job("far", JobState.SUCCEEDED, 10, 10));
            assertThat(follower.next().get("state").stringValue()).isEqualTo("succeeded");
        }
    }

    @Test
    void aTokenThatIsRemovedEndsItsStreams() throws Exception {
        try (Follower follower = new Follower("", "")) {
            follower.line(": ");
            assertThat(new ApiTokenTable(api.database).remove("v")).isTrue();
            String line = "";
            for (int i = 0; line != null && i < 100; i++) {
                line = follower.lines.readLine();
            }
            assertThat(line).as("the stream has ended").isNull();
        }
    }

    @Test
    void aReaderThatDoesNotReadIsDisconnected() throws Exception {
        try (Socket reader = new Socket()) {
            reader.setReceiveBufferSize(4096);
            reader.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), api.port()));
            reader.setSoTimeout(Patience.MILLIS);
            reader.getOutputStream()
                    .write(("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + viewer
                                    + "\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII));
            InputStream in = reader.getInputStream();
            assertThat(in.read()).as("the answer has begun").isEqualTo('H');
            for (int i = 0; i < 200_000 && api.streams() > 0; i++) {
                api.jobs.happen(ListedJobs.running("one", i, 1_000_000));
            }
            assertThat(api.streams()).as("streams that are kept").isZero();
        }
        assertThat(api.get("/jobs", viewer).statusCode()).isEqualTo(200);
    }

    @Test
    void curlPresentsCertificates() throws Exception {
        api.jobs.happen(ListedJobs.running("one", 5, 10));
        var curl = Clients.command(
                        "curl",
                        "-sN",
                        "--max-time",
                        "3",
                        "-H",
                        "Authorization: Bearer " + viewer,
                        api.uri("/events?job=one").toString())
                .run(Patience.LIMIT);
        assertThat(curl.stdout()).contains("event: job\ndata: {\"id\":\"one\",").contains(": still here");
    }
}
