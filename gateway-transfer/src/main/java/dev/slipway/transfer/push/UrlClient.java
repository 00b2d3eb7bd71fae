package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.routing.RoutingSupport;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpException;
import org.apache.hc.core5.http.HttpHeaders;
import org.apache.hc.core5.http.HttpHost;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.net.URIAuthority;
import org.apache.hc.core5.util.Timeout;

/**
 * Fetches from URLs, but only from allowed addresses. Connections go to the address that was checked, so that changing
 * the name's address gains nothing. Redirects are followed, each after the same checks; other servers do not get the
 * headers of the order. Safe for use by several threads.
 */
final class UrlClient implements AutoCloseable {
    private static final Timeout CONNECT = Timeout.ofSeconds(30);

    /** For the answer, and between two bytes of it. */
    private static final Timeout SILENCE = Timeout.ofSeconds(60);

    private static final int MOST_CONNECTIONS = 1000;
    private static final int MOST_REDIRECTS = 5;

    /** RFC 9110, sections 15.4.2 to 15.4.4, 15.4.8 and 15.4.9. */
    private static final Set<Integer> REDIRECTS = Set.of(301, 302, 303, 307, 308);

    private final SourceRules rules;
    private final CloseableHttpClient client;

    UrlClient(SourceRules rules) {
        this.rules = rules;
        client = HttpClients.custom()
                .setConnectionManager(PoolingHttpClientConnectionManagerBuilder.create()
                        .setDnsResolver(new Checked(rules))
                        .setMaxConnTotal(MOST_CONNECTIONS)
                        .setMaxConnPerRoute(MOST_CONNECTIONS)
                        .setDefaultConnectionConfig(ConnectionConfig.custom()
                                .setConnectTimeout(CONNECT)
                                .setSocketTimeout(SILENCE)
                                .setTimeToLive(1, TimeUnit.MINUTES)
                                .build())
                        .build())
                .setDefaultRequestConfig(RequestConfig.custom()
                        .setRedirectsEnabled(false)
                        .setResponseTimeout(SILENCE)
                        .build())
                .setUserAgent("slipway")
                .disableRedirectHandling()
                .disableAutomaticRetries()
                .disableContentCompression()
                .disableCookieManagement()
                .disableAuthCaching()
                .build();
    }

    /** The address of a connection has been checked. */
    private record Checked(SourceRules rules) implements DnsResolver {
        @Override
        public InetAddress[] resolve(String host) throws UnknownHostException {
            return rules.resolve(host);
        }

        @Override
        public String resolveCanonicalHostname(String host) {
            return host;
        }
    }

    /** An answer whose body has not been read. */
    static final class Answer implements AutoCloseable {
        private final URI url;
        private final HttpGet get;
        private final ClassicHttpResponse response;

        private Answer(URI url, HttpGet get, ClassicHttpResponse response) {
            this.url = url;
            this.get = get;
            this.response = response;
        }

        /** Where it comes from, after all redirects. */
        URI url() {
            return url;
        }

        int status() {
            return response.getCode();
        }

        /** The first header of a name; empty if there is none. */
        String header(String name) {
            Header header = response.getFirstHeader(name);
            return header == null || header.getValue() == null ? "" : header.getValue();
        }

        /** Blocks for at most a minute between two bytes. */
        InputStream body() throws IOException {
            HttpEntity entity = response.getEntity();
            return entity == null ? InputStream.nullInputStream() : entity.getContent();
        }

        /** The rest of the body is not read. */
        @Override
        public void close() {
            get.cancel();
            try {
                response.close();
            } catch (IOException e) {
                // No longer read.
            }
        }
    }

    /**
     * Sends a GET, and follows redirects. Blocks until the head of the last answer arrives.
     *
     * @param headers of the order: only for the server of the URL; {@code Host} may be another name of it
     * @param own headers for each request
     * @throws JobException if the URL may not be a source, or leads to one that may not be
     * @throws IOException if there is no answer
     */
    Answer get(URI url, Map<String, String> headers, Map<String, String> own) throws IOException, JobException {
        // The rules may be others than when the order came.
        refuse(rules.problem(url));
        URI at = url;
        for (int redirects = 0; ; redirects++) {
            Answer answer = send(at, isSameServer(url, at) ? headers : Map.of(), own);
            String location = answer.header("Location");
            if (!REDIRECTS.contains(answer.status()) || location.isEmpty()) {
                return answer;
            }
            answer.close();
            if (redirects == MOST_REDIRECTS) {
                throw JobException.permanent(
                        UrlSource.describe(url) + " redirects more than " + MOST_REDIRECTS + " times");
            }
            at = next(url, at, location);
        }
    }

    /** Where a redirect leads, which has to be an allowed source as well. */
    private URI next(URI url, URI at, String location) throws JobException {
        URI next;
        try {
            next = target(at, location);
        } catch (URISyntaxException e) {
            throw JobException.permanent(UrlSource.describe(url) + " redirects to something that is not a URL");
        }
        String redirects = UrlSource.describe(url) + " redirects: ";
        if (next.getRawUserInfo() != null) {
            throw JobException.permanent(redirects + "the URL must not have a user");
        }
        if ("https".equalsIgnoreCase(at.getScheme()) && "http".equalsIgnoreCase(next.getScheme())) {
            throw JobException.permanent(redirects + "from https:// to http://, where anybody could change the file");
        }
        refuse(rules.problem(next).map(problem -> redirects + problem));
        return next;
    }

    /**
     * Resolves a reference (RFC 3986, section 5.2). {@link URI#resolve} follows an older RFC for a URL without a path and
     * for a reference that is a query alone.
     */
    static URI target(URI at, String location) throws URISyntaxException {
        URI base = at.getRawPath().isEmpty() ? at.resolve("/") : at;
        URI target = base.resolve(new URI(location.startsWith("?") ? base.getRawPath() + location : location));
        // What is checked must be what is sent.
        return new URI(target.toString());
    }

    private static void refuse(Optional<String> problem) throws JobException {
        if (problem.isPresent()) {
            throw JobException.permanent(problem.get());
        }
    }

    /** Whether two URLs are of the same server, which may know the headers of the order. */
    static boolean isSameServer(URI one, URI other) {
        return one.getScheme().equalsIgnoreCase(other.getScheme())
                && one.getHost().equalsIgnoreCase(other.getHost())
                && SourceRules.port(one) == SourceRules.port(other);
    }

    private Answer send(URI url, Map<String, String> headers, Map<String, String> own)
            throws IOException, JobException {
        HttpGet get = new HttpGet(url);
        HttpHost server;
        try {
            server = RoutingSupport.determineHost(get);
            for (Map.Entry<String, String> header : headers.entrySet()) {
                if (header.getKey().equalsIgnoreCase(HttpHeaders.HOST)) {
                    get.setAuthority(URIAuthority.create(header.getValue()));
                } else {
                    get.setHeader(header.getKey(), header.getValue());
                }
            }
            own.forEach(get::setHeader);
        } catch (URISyntaxException e) {
            throw JobException.permanent("the order's Host header: it is not a host", e);
        } catch (HttpException e) {
            throw new IOException(e.getMessage(), e);
        }
        try {
            return new Answer(url, get, client.executeOpen(server, get, null));
        } catch (SourceRules.RefusedAddressException e) {
            throw JobException.permanent(String.valueOf(e.getMessage()), e);
        }
    }

    /** Why a server may not be asked under a name, with or without a port; empty if it may. */
    Optional<String> problemOfHost(URI url, String host) {
        if (host.equalsIgnoreCase(url.getRawAuthority()) || host.equalsIgnoreCase(url.getHost())) {
            return Optional.empty();
        }
        try {
            URI named = new URI(url.getScheme(), host, url.getPath(), null, null).parseServerAuthority();
            return named.getRawUserInfo() == null ? rules.problem(named) : Optional.of("it must not have a user");
        } catch (URISyntaxException e) {
            return Optional.of("it is not a host");
        }
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }
}
