package dev.slipway.admin.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.slipway.console.ConsoleFiles;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The files of the console, as browsers get them. Needs a build with Node.js. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class ConsolePagesTest {
    private final ConsoleFiles files = ConsoleFiles.read();

    @TempDir
    private Path folder;

    private RunningApi api;

    @BeforeEach
    void start() throws IOException {
        assumeTrue(files.isBuilt(), "the console was not built: there is no Node.js");
        api = new RunningApi(folder);
    }

    @AfterEach
    void stop() {
        if (api != null) {
            api.close();
        }
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + api.port() + path));
    }

    private HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException, InterruptedException {
        return api.client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static String header(HttpResponse<?> response, String name) {
        return response.headers().firstValue(name).orElse("");
    }

    @Test
    void allViewsHaveOnePageThatIsAskedForAgainEachTime() throws Exception {
        HttpResponse<byte[]> page = send(request("/console/"));
        assertThat(page.statusCode()).isEqualTo(200);
        assertThat(header(page, "Cache-Control")).isEqualTo("no-cache");
        assertThat(header(page, "Content-Type")).isEqualTo("text/html; charset=utf-8");
        assertThat(send(request("/console/jobs/7?state=failed")).body()).isEqualTo(page.body());
        HttpResponse<byte[]> known = send(request("/console/").header("If-None-Match", header(page, "ETag")));
        assertThat(known.statusCode()).isEqualTo(304);
        assertThat(known.body()).isEmpty();
        HttpResponse<byte[]> root = send(request("/"));
        assertThat(root.statusCode()).isEqualTo(302);
        assertThat(header(root, "Location")).isEqualTo("/console/");
    }

    @Test
    void filesAreCompressedAheadOfTimeAndKeptForEver() throws Exception {
        String script = files.files().keySet().stream()
                .filter(name -> name.endsWith(".js"))
                .findFirst()
                .orElseThrow();
        ConsoleFiles.ConsoleFile file = Objects.requireNonNull(files.files().get(script));
        assertThat(send(request("/console/" + script)).body()).isEqualTo(file.plain());
        HttpResponse<byte[]> brotli =
                send(request("/console/" + script).header("Accept-Encoding", "gzip, deflate, br;q=0.9"));
        assertThat(header(brotli, "Content-Encoding")).isEqualTo("br");
        assertThat(brotli.body()).isEqualTo(file.brotli());
        assertThat(header(brotli, "Cache-Control")).contains("immutable");
        assertThat(header(brotli, "Vary")).isEqualTo("Accept-Encoding");
        HttpResponse<byte[]> gzip = send(request("/console/" + script).header("Accept-Encoding", "br;q=0, gzip"));
        assertThat(header(gzip, "Content-Encoding")).isEqualTo("gzip");
        assertThat(send(request("/console/assets/index-of-old.js")).statusCode())
                .isEqualTo(404);
    }

    @Test
    void nothingOfOtherSitesIsLoadedAndNoOtherSiteShowsIt() throws Exception {
        HttpResponse<byte[]> page = send(request("/console/jobs"));
        assertThat(header(page, "Content-Security-Policy"))
                .contains("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(header(page, "X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(header(page, "Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(header(page, "Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
        assertThat(header(api.send(api.request("/openapi.json")), "Cache-Control"))
                .isEqualTo("no-store");
        HttpResponse<byte[]> written = send(request("/console/").POST(HttpRequest.BodyPublishers.ofString("x")));
        assertThat(written.statusCode()).isEqualTo(405);
    }

    @Test
    void isNotServedWhereTheApiIsNot() throws Exception {
        api.close();
        api = new RunningApi(folder.resolve("open"), ApiSettings.of(false, false, false));
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> page = client.send(request("/console/").build(), HttpResponse.BodyHandlers.ofString());
            assertThat(page.statusCode()).isEqualTo(404);
            assertThat(page.body()).contains("admin.tls");
        }
    }
}
