package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.account.Role;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobState;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Orders and jobs over HTTP. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class JobsApiTest {
    @TempDir
    private Path folder;

    private RunningApi api;
    private String operator;

    @BeforeEach
    void start() throws IOException {
        api = new RunningApi(folder);
        operator = api.token("o", Role.OPERATOR);
    }

    @AfterEach
    void stop() {
        api.close();
    }

    @Test
    void anOrderBecomesAJobOfItsSubmitter() throws Exception {
        HttpResponse<String> response = api.send(
                "POST",
                "/pushes",
                operator,
                "{\"source\":\"media:reel.mxf\",\"destination\":\"vault:/in/\",\"mode\":\"streaming\",\"priority\":-5,"
                        + "\"deadline\":\"2999-01-01T00:00:00Z\",\"headers\":{\"X\":\"y\"},\"correlation\":\"c1\","
                        + "\"id\":\"order-1\",\"makeFolders\":true,\"include\":null}");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(202);
        assertThat(response.headers().firstValue("Location")).hasValue("/api/v1/jobs/order-1");
        JsonNode job = RunningApi.json(api.get("/jobs/order-1", operator));
        assertThat(job.get("submitter").stringValue()).isEqualTo("token o");
        assertThat(job.get("state").stringValue()).isEqualTo("queued");
        assertThat(job.get("priority").intValue()).isEqualTo(-5);
        assertThat(job.get("deadline").stringValue()).isEqualTo("2999-01-01T00:00:00Z");
        assertThat(job.get("bytesTotal").isNull()).isTrue();
        assertThat(job.get("parts").isNull()).isTrue();
        assertThat(job.has("request")).isFalse();
        HttpResponse<String> again = api.send(
                "POST",
                "/pushes",
                operator,
                "{\"source\":\"media:reel.mxf\",\"destination\":\"vault:/in/\",\"id\":\"order-1\"}");
        assertThat(RunningApi.json(again).get("priority").intValue()).isEqualTo(-5);
    }

    @Test
    void anImpossibleOrderIsAProblem() throws Exception {
        HttpResponse<String> response =
                api.send("POST", "/pushes", operator, "{\"source\":\"media:a\",\"destination\":\"nowhere:/\"}");
        assertThat(response.statusCode()).isEqualTo(422);
        assertThat(RunningApi.problem(response)).isEqualTo("order-refused");
        assertThat(RunningApi.json(response).get("detail").stringValue()).contains("nowhere:/");
    }

    @Test
    void jobsAreControlledAsTheirStatesAllow() throws Exception {
        api.jobs.happen(ListedJobs.running("one", 5, 10));
        assertThat(state(api.send("POST", "/jobs/one/pause", operator, null))).isEqualTo("paused");
        HttpResponse<String> twice = api.send("POST", "/jobs/one/pause", operator, null);
        assertThat(twice.statusCode()).isEqualTo(409);
        assertThat(RunningApi.json(twice).get("detail").stringValue()).startsWith("job one is paused");
        assertThat(state(api.send("POST", "/jobs/one/resume", operator, null))).isEqualTo("queued");
        assertThat(state(api.send("POST", "/jobs/one/cancel", operator, null))).isEqualTo("cancelled");
        assertThat(state(api.send("POST", "/jobs/one/retry", operator, null))).isEqualTo("queued");
        assertThat(api.send("POST", "/jobs/two/retry", operator, null).statusCode())
                .isEqualTo(404);
    }

    private static String state(HttpResponse<String> response) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return RunningApi.json(response).get("state").stringValue();
    }

    @Test
    void jobsAreFiltered() throws Exception {
        api.jobs.happen(ListedJobs.running("running", 5, 10));
        api.jobs.happen(ListedJobs.job("done", JobState.SUCCEEDED, 10, 10));
        api.jobs.happen(ListedJobs.job("batch", JobState.RUNNING, 10, 10));
        assertThat(ids("")).containsExactly("running", "done", "batch");
        assertThat(ids("?state=succeeded,failed")).containsExactly("done");
        assertThat(ids("?remote=other")).isEmpty();
        assertThat(ids("?limit=1&remote=vault")).containsExactly("running");
        assertThat(ids("?limit=1&after=running")).containsExactly("done");
        assertThat(ids("?after=batch")).isEmpty();
        assertThat(api.get("/jobs?after=unknown", operator).statusCode()).isEqualTo(404);
        JsonNode error = RunningApi.json(api.get("/jobs?limit=1001", operator)).at("/errors/0");
        assertThat(error.get("field").stringValue()).isEqualTo("limit");
        assertThat(error.get("in").stringValue()).isEqualTo("query");
        assertThat(error.get("expected").stringValue()).isEqualTo("a whole number from 1 to 1000");
        assertThat(api.get("/jobs", operator).body()).doesNotContain("s3cr3t");
        assertThat(RunningApi.json(api.get("/jobs/batch", operator))
                        .at("/parts/succeeded")
                        .intValue())
                .isEqualTo(2);
        assertThat(RunningApi.json(api.get("/jobs/done/attempts", operator))
                        .at("/attempts/0/number")
                        .intValue())
                .isEqualTo(1);
        assertThat(api.get("/jobs/a%2Fb%20c/attempts", operator).statusCode()).isEqualTo(404);
    }

    private Iterable<String> ids(String query) throws IOException, InterruptedException {
        return RunningApi.json(api.get("/jobs" + query, operator))
                .get("jobs")
                .valueStream()
                .map(job -> job.get("id").stringValue())
                .toList();
    }
}
