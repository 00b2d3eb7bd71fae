package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.slipway.core.account.Network;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files of servers that redirect, or support no ranges, with real servers on loopback. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class UrlSourceTest {
    private static final byte[] CONTENT = Bytes.random(1, 100_000);
    private static final Map<String, String> HEADERS = Map.of("X-Secret", "tell-nobody");
    private static final List<Network> LOOPBACK = List.of(Network.parse("127.0.0.1"));

    /** What servers were asked: the port of each, the path, and the order's header. */
    private final Queue<String> asked = new ConcurrentLinkedQueue<>();

    private final SourceRules rules = new SourceRules(List.of(), LOOPBACK, host ->
            new InetAddress[] {InetAddress.ofLiteral(host.equals("inside.example") ? "127.0.0.2" : "127.0.0.1")});
    private final UrlClient client = new UrlClient(rules);
    private HttpServer first;
    private HttpServer second;

    /** The name under which a server was asked last. */
    private volatile String host = "";

    @BeforeEach
    void serve() throws IOException {
        first = server();
        second = server();
    }

    @AfterEach
    void stop() {
        client.close();
        first.stop(0);
        second.stop(0);
    }

    private HttpServer server() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
        server.createContext("/", exchange -> {
            try (exchange) {
                answer(exchange);
            }
        });
        server.start();
        return server;
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        String secret = exchange.getRequestHeaders().getFirst("X-Secret");
        host = exchange.getRequestHeaders().getFirst("Host");
        asked.add((exchange.getLocalAddress().getPort() == port(first) ? "first " : "second ")
                + path
                + (secret == null ? "" : " " + secret));
        String query = exchange.getRequestURI().getQuery();
        if (path.equals("/moved")) {
            exchange.getResponseHeaders().set("Location", query);
            exchange.sendResponseHeaders(307, -1);
        } else if (path.equals("/whole")) {
            if (!"without".equals(query)) {
                exchange.getResponseHeaders().set("ETag", "\"1\"");
            }
            exchange.sendResponseHeaders(200, CONTENT.length);
            exchange.getResponseBody().write(CONTENT);
        } else if (path.equals("/endless")) {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(CONTENT);
        } else {
            String range = exchange.getRequestHeaders().getFirst("Range").replace("bytes=", "");
            int from = Integer.parseInt(range.split("-", 2)[0]);
            int to = Integer.parseInt(range.split("-", 2)[1]);
            exchange.getResponseHeaders().set("ETag", "\"1\"");
            exchange.getResponseHeaders().set("Content-Range", "bytes " + range + "/" + CONTENT.length);
            exchange.sendResponseHeaders(206, to - from + 1L);
            exchange.getResponseBody().write(CONTENT, from, to - from + 1);
        }
    }

    private static int port(HttpServer server) {
        return server.getAddress().getPort();
    }

    private static String url(HttpServer server, String path) {
        return "http://127.0.0.1:" + port(server) + path;
    }

    private UrlSource source(String url) {
        return new UrlSource(client, URI.create(url), HEADERS);
    }

    private static byte[] read(UrlSource source, SourceVersion version, int offset, int end) throws JobException {
        ByteBuffer read = ByteBuffer.allocate(end - offset);
        try (PieceReader reader = source.open(version, offset, end)) {
            while (reader.read(read) >= 0) {
                // Until its end.
            }
        }
        return read.array();
    }

    @Test
    void redirectsAreFollowedAndOtherServersGetNoHeadersOfTheOrder() throws Exception {
        UrlSource source = source(url(first, "/moved?/moved?" + url(second, "/file")));
        SourceVersion version = source.current();
        assertThat(read(source, version, 0, CONTENT.length)).isEqualTo(CONTENT);
        assertThat(asked)
                .containsSubsequence("first /moved tell-nobody", "first /moved tell-nobody", "second /file")
                .doesNotContain("second /file tell-nobody");
        assertThat(source.request(version).url()).as("for the remote").hasToString(url(second, "/file"));
        assertThat(source.request(version).headers()).containsOnlyKeys("If-Match");
    }

    @ParameterizedTest
    @CsvSource({
        "http://127.0.0.2:PORT/file, transfer.urlNetworks",
        "http://inside.example:PORT/file, transfer.urlNetworks",
        "http://[::1]:PORT/file, transfer.urlNetworks",
        "http://169.254.169.254/latest/meta-data/, transfer.urlNetworks",
        "ftp://127.0.0.1/file, http://",
        "http://ann:pw@127.0.0.1:PORT/file, must not have a user",
        "http://127.1:PORT/file, and have a host",
        "/moved?/moved?/moved?/moved?/moved?/moved?/file, more than 5 times"
    })
    void redirectsLeadNowhereThatIsNotAllowed(String location, String reason) {
        String target = location.replace("PORT", String.valueOf(port(second)));
        assertThatThrownBy(() -> source(url(first, "/moved?" + target)).current())
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining(reason)
                .hasMessageNotContaining("tell-nobody");
        assertThat(asked).noneMatch(request -> request.contains("/file"));
    }

    @ParameterizedTest
    @CsvSource({
        "https://a.example?sig=1, b, https://a.example/b",
        "https://a.example?sig=1, .evil.example/x, https://a.example/.evil.example/x",
        "https://a.example?sig=1, ?token=1, https://a.example/?token=1",
        "https://a.example/dir/file?sig=1, ?token=1, https://a.example/dir/file?token=1",
        "https://a.example/dir/file?sig=1, other, https://a.example/dir/other",
        "https://a.example/dir/file, //b.example/x, https://b.example/x"
    })
    void redirectsAreRelativeToTheirUrl(String at, String location, String target) throws Exception {
        assertThat(UrlClient.target(URI.create(at), location)).isEqualTo(URI.create(target));
    }

    @Test
    void aPortThatIsTheUsualOneIsThatOfTheSameServer() {
        assertThat(UrlClient.isSameServer(URI.create("https://a.example/x"), URI.create("https://A.example:443/y")))
                .isTrue();
        assertThat(UrlClient.isSameServer(URI.create("https://a.example/x"), URI.create("https://a.example:8443/y")))
                .isFalse();
    }

    @Test
    void redirectsStayWithinTheListOfSources() {
        SourceRules listed = new SourceRules(List.of(url(first, "/")), LOOPBACK);
        try (UrlClient careful = new UrlClient(listed)) {
            URI url = URI.create(url(first, "/moved?" + url(second, "/file")));
            assertThatThrownBy(() -> new UrlSource(careful, url, HEADERS).current())
                    .hasMessageContaining("is not an allowed source");
        }
        assertThat(asked).containsExactly("first /moved tell-nobody");
    }

    @Test
    void aServerWithoutRangesGivesTheFileFromItsBeginning() throws Exception {
        UrlSource source = source(url(first, "/whole"));
        SourceVersion version = source.current();
        assertThat(source.isSequential()).isTrue();
        assertThat(read(source, version, 0, CONTENT.length)).isEqualTo(CONTENT);
        assertThat(read(source, version, 70_000, CONTENT.length))
                .as("after a break")
                .isEqualTo(Arrays.copyOfRange(CONTENT, 70_000, CONTENT.length));
    }

    @Test
    void aServerWithoutRangesAndETagsIsReadFromTheBeginningOnly() throws Exception {
        UrlSource source = source(url(first, "/whole?without"));
        SourceVersion version = source.current();
        assertThat(read(source, version, 0, CONTENT.length)).isEqualTo(CONTENT);
        assertThatThrownBy(() -> source.open(version, 1, CONTENT.length))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isTrue())
                .hasMessageContaining("begins anew");
    }

    @Test
    void aServerMustTellTheSize() {
        assertThatThrownBy(() -> source(url(first, "/endless")).current())
                .hasMessageContaining("does not report its size");
    }

    /** Stores with domains tell them apart by the name under which they are asked. */
    @Test
    void aServerIsAskedUnderTheNameInTheOrder() throws Exception {
        UrlSource source = new UrlSource(client, URI.create(url(first, "/file")), Map.of("host", "media.example.com"));
        assertThat(source.current().size()).isEqualTo(CONTENT.length);
        assertThat(host).isEqualTo("media.example.com");

        try (UrlClient careful = new UrlClient(new SourceRules(List.of("127.0.0.1"), LOOPBACK))) {
            assertThatThrownBy(() -> new UrlSource(
                                    careful, URI.create(url(first, "/file")), Map.of("Host", "other.example.com"))
                            .current())
                    .hasMessageContaining(
                            "the order's Host header: http://other.example.com/file is not an allowed source");
        }
    }
}
