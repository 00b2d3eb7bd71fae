package dev.slipway.admin.http;

import dev.slipway.core.net.ListenPort;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.setting.SettingsBuilder;
import java.time.Duration;
import java.util.List;

/** The HTTP listener for operators: the section {@code admin} of the configuration. */
public record HttpSettings(
        @Setting(
                value = "Port of the HTTP API, `/metrics` for Prometheus, `/healthz` and `/readyz`, or `off`. 0"
                        + " picks a free port.",
                byDefault = "off")
        ListenPort port,

        @Setting(
                value = "Address or host name to listen on. Anyone who can reach it can read the metrics, without"
                        + " a password. The API, which requires a token or a login, is served on"
                        + " addresses other than loopback only with `admin.tls` or `admin.tlsProxy`.",
                byDefault = "127.0.0.1")
        String bind,

        @Setting(value = "Whether to serve HTTPS, with the certificate of FTPS.", byDefault = "false")
        boolean tls,

        @Setting(
                value = "Whether a TLS proxy is in front, and nothing else can reach the port. The last address in"
                        + " the proxy's `X-Forwarded-For` is the client's address.",
                byDefault = "false")
        boolean tlsProxy,

        @Setting("Host names that the listener answers to, such as `gateway.example.com`: those in the URLs that"
                + " browsers, programs and Prometheus use. IP addresses, `localhost` and the name in `admin.bind`"
                + " always work, and `/healthz` works under any name. Other names get 421, which protects against"
                + " DNS rebinding. With `admin.tls` and an empty list every name works, since clients check it"
                + " against the certificate.")
        List<String> hosts,

        @Setting(
                value = "Maximum number of connections. At the limit, a new connection replaces the one that has"
                        + " waited longest for its client; if none waits, the new one is closed.",
                byDefault = "512",
                least = 16,
                most = 100_000)
        int maxConnections,

        @Setting(
                value = "Maximum number of connections from one address (IPv6: one /64 network). Not applied with"
                        + " `admin.tlsProxy`, where all connections come from the proxy.",
                byDefault = "128",
                least = 1,
                most = 100_000)
        int maxConnectionsPerAddress,

        @Setting(
                value = "How long a request, head and body, may take to arrive, from its first byte or from the"
                        + " start of the connection.",
                byDefault = "20s",
                shortest = "1s")
        Duration requestTimeout,

        @Setting(value = "How long a connection stays open between two requests.", byDefault = "75s", shortest = "1s")
        Duration idleTimeout,

        @Setting(
                value = "How long a client may leave a response unread, or be silent during an upload, before its"
                        + " connection is closed.",
                byDefault = "30s",
                shortest = "1s")
        Duration answerTimeout)
        implements CheckedSettings {
    public HttpSettings {
        hosts = List.copyOf(hosts);
    }

    /** Starts from the defaults. */
    public static SettingsBuilder<HttpSettings> builder() {
        return new SettingsBuilder<>(HttpSettings.class);
    }

    /** The limit on connections from one address; behind a proxy, all connections come from one. */
    int connectionsPerAddress() {
        return tlsProxy ? maxConnections : maxConnectionsPerAddress;
    }

    @Override
    public void check(Problems problems) {
        if (tls && tlsProxy) {
            problems.add("tlsProxy", true, "cannot be used together with admin.tls");
        }
    }
}
