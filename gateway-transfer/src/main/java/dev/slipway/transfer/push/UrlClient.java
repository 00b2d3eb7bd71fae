package dev.slipway.transfer.push;

import dev.slipway.transfer.job.JobException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.Optional;
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
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.Timeout;

/**
 * Fetches from URLs, but only from allowed addresses. Connections go to the address that was checked, so that changing
 * the name's address gains nothing. Redirects are not followed: their target would get the headers of the order. Safe
 * for use by several threads.
 */
final class UrlClient implements AutoCloseable {
    private static final Timeout CONNECT = Timeout.ofSeconds(30);

    /** For the answer, and between two bytes of it. */
    private static final Timeout SILENCE = Timeout.ofSeconds(60);

    private static final int MOST_CONNECTIONS = 1000;

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
        private final HttpGet get;
        private final ClassicHttpResponse response;

        private Answer(HttpGet get, ClassicHttpResponse response) {
            this.get = get;
            this.response = response;
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
     * Sends a GET. Blocks until the head of the answer arrives.
     *
     * @throws JobException if the URL may not be a source
     * @throws IOException if there is no answer
     */
    Answer get(URI url, Map<String, String> headers) throws IOException, JobException {
        // The rules may be others than when the order came.
        Optional<String> problem = rules.problem(url);
        if (problem.isPresent()) {
            throw JobException.permanent(problem.get());
        }
        HttpGet get = new HttpGet(url);
        headers.forEach(get::setHeader);
        try {
            return new Answer(get, client.executeOpen(RoutingSupport.determineHost(get), get, null));
        } catch (SourceRules.RefusedAddressException e) {
            throw JobException.permanent(String.valueOf(e.getMessage()), e);
        } catch (HttpException e) {
            throw new IOException(e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        client.close(CloseMode.IMMEDIATE);
    }
}
