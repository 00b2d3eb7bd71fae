package dev.slipway.ingest.archive;

import dev.slipway.testing.SearchServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What somebody finds who searches the indexes of a server whose names begin alike. */
final class SearchIndex implements AutoCloseable {
    private final SearchServer server;
    private final String prefix;
    private final HttpClient client = HttpClient.newHttpClient();

    SearchIndex(SearchServer server, String prefix) {
        this.server = server;
        this.prefix = prefix;
    }

    /** The entries, by their ids; up to 10,000. */
    SortedMap<String, Map<?, ?>> entries() throws IOException, InterruptedException {
        SortedMap<String, Map<?, ?>> entries = new TreeMap<>();
        Map<?, ?> _ = send("POST", prefix + "*/_refresh", null);
        Map<?, ?> answer = send("GET", prefix + "*/_search?size=10000", null);
        if (answer.get("hits") instanceof Map<?, ?> hits && hits.get("hits") instanceof Iterable<?> found) {
            for (Object hit : found) {
                if (hit instanceof Map<?, ?> entry && entry.get("_source") instanceof Map<?, ?> source) {
                    entries.put(String.valueOf(entry.get("_id")), source);
                }
            }
        }
        return entries;
    }

    /** The keys of the entries' originals, each as often as there are entries. */
    Iterable<String> keys() throws IOException, InterruptedException {
        return entries().values().stream()
                .map(entry -> String.valueOf(entry.get("key")))
                .sorted()
                .toList();
    }

    /** Sends a request to the server. */
    Map<?, ?> send(String method, String path, @Nullable String json) throws IOException, InterruptedException {
        HttpResponse<String> answer = client.send(
                HttpRequest.newBuilder(URI.create(server.url() + "/" + path))
                        .header("Content-Type", "application/json")
                        .method(
                                method,
                                json == null
                                        ? HttpRequest.BodyPublishers.noBody()
                                        : HttpRequest.BodyPublishers.ofString(json))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        if (answer.statusCode() != 200) {
            throw new IOException(answer.statusCode() + " " + answer.body());
        }
        return ArchiveJson.read(answer.body(), Map.class);
    }

    @Override
    public void close() {
        client.close();
    }
}
