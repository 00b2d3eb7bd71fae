package dev.slipway.transfer.push;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import dev.slipway.core.account.Network;
import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which URLs are fetched, with a real server on loopback that must not be reached. */
@Timeout(value = Patience.TEST_SECONDS, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class SourceRulesTest {
    private static final byte[] CONTENT = "what only this machine may see".getBytes(StandardCharsets.UTF_8);
    private static final List<Network> LOOPBACK = List.of(Network.parse("127.0.0.0/8"));

    private final AtomicInteger requests = new AtomicInteger();
    private HttpServer server;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), 0), 0);
        server.createContext("/", exchange -> {
            requests.incrementAndGet();
            try (exchange) {
                String range = exchange.getRequestHeaders().getFirst("Range").replace("bytes=", "");
                int from = Integer.parseInt(range.split("-", 2)[0]);
                int to = Integer.parseInt(range.split("-", 2)[1]);
                exchange.getResponseHeaders().set("ETag", "\"1\"");
                exchange.getResponseHeaders().set("Content-Range", "bytes " + range + "/" + CONTENT.length);
                exchange.sendResponseHeaders(206, to - from + 1L);
                exchange.getResponseBody().write(CONTENT, from, to - from + 1);
            }
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private int port() {
        return server.getAddress().getPort();
    }

    private static String fetch(SourceRules rules, URI url) throws JobException {
        try (UrlClient client = new UrlClient(rules)) {
            UrlSource source = new UrlSource(client, url, Map.of("X-Secret", "tell-nobody"));
            SourceVersion version = source.current();
            ByteBuffer read = ByteBuffer.allocate((int) version.size());
            try (PieceReader reader = source.open(version, 0, version.size())) {
                while (read.hasRemaining() && reader.read(read) >= 0) {
                    // Read in pieces.
                }
            }
            return new String(read.array(), StandardCharsets.UTF_8);
        }
    }

    private void assertRefused(SourceRules rules, String url, String reason) {
        assertThatThrownBy(() -> fetch(rules, URI.create(url)))
                .isInstanceOfSatisfying(
                        JobException.class, e -> assertThat(e.isRetryable()).isFalse())
                .hasMessageContaining(reason)
                .hasMessageNotContaining("tell-nobody")
                .hasMessageNotContaining("s1gnature");
        assertThat(requests).as("requests that were sent").hasValue(0);
    }

    @Test
    void allowedUrlsAreFetched() throws Exception {
        assertThat(fetch(new SourceRules(List.of(), LOOPBACK), URI.create("http://127.0.0.1:" + port() + "/file?a=b")))
                .isEqualTo(new String(CONTENT, StandardCharsets.UTF_8));
        assertThat(fetch(
                        new SourceRules(List.of("http://localhost:" + port() + "/out/"), LOOPBACK),
                        URI.create("http://localhost:" + port() + "/out/file")))
                .isEqualTo(new String(CONTENT, StandardCharsets.UTF_8));
    }

    /** Each of these would lead to the server of this test if a resolver or a connection accepted it as an address. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "127.0.0.1",
                "127.1.2.3",
                "0.0.0.0",
                "[::1]",
                "[::ffff:127.0.0.1]",
                "[::ffff:7f00:1]",
                "[0:0:0:0:0:0:0:0]",
                "[64:ff9b::7f00:1]",
                "[2002:7f00:1::]"
            })
    void thisMachineIsNotAnAllowedSource(String host) {
        assertRefused(SourceRules.PUBLIC, "http://" + host + ":" + port() + "/file?s1gnature", "transfer.urlNetworks");
    }

    @ParameterizedTest
    @ValueSource(strings = {"169.254.169.254", "[fd00:ec2::254]", "[fe80::1]", "100.100.100.200", "[fd20:ce::254]"})
    void neitherAreMetadataServicesNorTheLink(String host) {
        assertRefused(SourceRules.PUBLIC, "http://" + host + "/latest/meta-data/", "transfer.urlNetworks");
        assertRefused(new SourceRules(List.of(), LOOPBACK), "http://" + host + "/x", "transfer.urlNetworks");
    }

    /** Programs disagree on the meaning of these. */
    @ParameterizedTest
    @ValueSource(
            strings = {"2130706433", "0x7f000001", "0177.0.0.1", "127.1", "127.0.0.01", "0x7f.0.0.1", "127.0.0.1.5"})
    void addressesAreWrittenAsFourNumbers(String host) throws Exception {
        URI url = new URI("http://" + host + ":" + port() + "/file");
        if (url.getHost() != null) {
            assertRefused(SourceRules.PUBLIC, url.toString(), "as four numbers");
        } else {
            assertThat(SourceRules.PUBLIC.problem(url)).isPresent();
        }
    }

    @Test
    void aNameIsResolvedOnceAndCheckedByItsAddress() throws Exception {
        InetAddress publicAddress = InetAddress.getByAddress(new byte[] {(byte) 192, 0, 2, 1});
        InetAddress loopback = server.getAddress().getAddress();
        String url = "http://rebound.example:" + port() + "/file";
        assertRefused(rules(new AtomicInteger(), loopback), url, "transfer.urlNetworks");
        assertRefused(rules(new AtomicInteger(), publicAddress, loopback), url, "transfer.urlNetworks");

        // The name first has an allowed address, and later one that is not allowed.
        AtomicInteger asked = new AtomicInteger();
        SourceRules once = new SourceRules(List.of(), LOOPBACK, _ -> {
            if (asked.incrementAndGet() > 1) {
                throw new UnknownHostException("it was asked for a second time for one connection");
            }
            return new InetAddress[] {loopback};
        });
        try (UrlClient client = new UrlClient(once)) {
            assertThat(new UrlSource(client, URI.create(url), Map.of())
                            .current()
                            .size())
                    .isEqualTo(CONTENT.length);
        }
        assertThat(asked).hasValue(1);
    }

    private static SourceRules rules(AtomicInteger asked, InetAddress... addresses) {
        return new SourceRules(List.of(), List.of(), _ -> {
            asked.incrementAndGet();
            return addresses;
        });
    }

    @ParameterizedTest
    @CsvSource({
        "media.example.com, https://media.example.com/a?b, true",
        "media.example.com, https://MEDIA.example.com.:8443/a, true",
        "media.example.com, https://x.media.example.com/a, false",
        "media.example.com, https://media.example.com.attacker.example/a, false",
        "*.example.com, https://a.b.example.com/a, true",
        "*.example.com, https://example.com/a, false",
        "*.example.com, https://attackerexample.com/a, false",
        "https://media.example.com/out, https://media.example.com/out/a, true",
        "https://media.example.com/out, https://media.example.com/outside, false",
        "https://media.example.com/out/, https://media.example.com/out/../secret, false",
        "https://media.example.com/out/, https://media.example.com/out/%2e%2e/secret, false",
        "https://media.example.com/out/, https://media.example.com/out/..%2fsecret, false",
        "https://media.example.com/out/, http://media.example.com/out/a, false",
        "https://media.example.com/out/, https://media.example.com:8443/out/a, false",
        "https://media.example.com/out/, https://media.example.com:443/out/a, true",
        "https://media.example.com/out/, https://user@media.example.com/out/a, true"
    })
    void aListAllowsOnlyItsEntries(String source, String url, boolean allowed) {
        assertThat(new SourceRules(List.of("nowhere.example", source), List.of())
                        .problem(URI.create(url))
                        .isEmpty())
                .isEqualTo(allowed);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a b", "ftp://x/", "https://", "https://u:p@h/", "https://h/?x", "*", "*.", "h/path"})
    void invalidSourceRulesAreRefused(String source) {
        assertThatThrownBy(() -> new SourceRules(List.of(source), List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("https://media.example.com/out/");
    }
}
