package dev.slipway.app.log;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.net.ssl.SSLConfiguration;
import ch.qos.logback.core.util.Duration;
import dev.slipway.app.config.GatewaySettings;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import net.logstash.logback.appender.LogstashTcpSocketAppender;
import net.logstash.logback.appender.listener.TcpAppenderListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log by syslog. A thread of its own sends it, and connects again after a failure. While the server cannot be reached or
 * is slow, a bounded number of lines wait, and more are dropped and counted: nothing that serves clients ever waits for it.
 *
 * @param host of the server
 * @param tls whether to use TLS
 * @param format of the text
 */
record SyslogOutput(String host, int port, boolean tls, GatewaySettings.LogFormat format) {
    /** How many lines wait; a power of two. */
    static final int QUEUE = 8192;

    private static final long RECONNECT_MILLISECONDS = 2000;

    /** How long waiting lines are still sent at the end of the process. */
    private static final long FLUSH_MILLISECONDS = 2000;

    private static final Logger log = LoggerFactory.getLogger(SyslogOutput.class);

    /** The settings' syslog server, if there is one. */
    static Optional<SyslogOutput> of(GatewaySettings.Log settings) {
        return Optional.ofNullable(settings.syslogHost())
                .map(host -> new SyslogOutput(host, settings.syslogPort(), settings.syslogTls(), settings.format()));
    }

    /** Starts to send what is appended. Does not wait for the server. */
    Appender<ILoggingEvent> start(LoggerContext context) {
        LogstashTcpSocketAppender appender = new LogstashTcpSocketAppender();
        appender.setContext(context);
        appender.setName("syslog");
        // Its own messages would go to standard error, in another format.
        appender.setAddDefaultStatusListener(false);
        appender.addDestinations(InetSocketAddress.createUnresolved(host, port));
        appender.setReconnectionDelay(Duration.buildByMilliseconds(RECONNECT_MILLISECONDS));
        appender.setShutdownGracePeriod(Duration.buildByMilliseconds(FLUSH_MILLISECONDS));
        appender.setRingBufferSize(QUEUE);
        appender.setDaemon(true);
        SyslogEncoder encoder =
                new SyslogEncoder(localHost(), ProcessHandle.current().pid(), format, LogOutput.json());
        encoder.setContext(context);
        appender.setEncoder(encoder);
        if (tls) {
            SSLConfiguration ssl = new SSLConfiguration();
            ssl.getParameters().setHostnameVerification(true);
            appender.setSsl(ssl);
        }
        appender.addListener(new Connection(host + ":" + port));
        appender.start();
        return appender;
    }

    private static String localHost() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "";
        }
    }

    /** Says once that the server cannot be reached, and once that it can again, with what was dropped meanwhile. */
    private static final class Connection implements TcpAppenderListener<ILoggingEvent> {
        private final String server;
        private final AtomicBoolean failing = new AtomicBoolean();
        private final AtomicBoolean dropping = new AtomicBoolean();
        private final AtomicLong dropped = new AtomicLong();

        Connection(String server) {
            this.server = server;
        }

        @Override
        public void connectionFailed(Appender<ILoggingEvent> appender, InetSocketAddress address, Throwable reason) {
            if (failing.compareAndSet(false, true)) {
                log.warn(
                        "The syslog server {} cannot be reached ({}). Up to {} lines wait for it, and more are dropped",
                        server,
                        reason.toString(),
                        QUEUE);
            }
        }

        @Override
        public void connectionOpened(Appender<ILoggingEvent> appender, Socket socket) {
            if (failing.compareAndSet(true, false)) {
                log.info("The syslog server {} can be reached again", server);
            }
        }

        @Override
        public void eventAppendFailed(Appender<ILoggingEvent> appender, ILoggingEvent event, Throwable reason) {
            dropped.incrementAndGet();
            if (dropping.compareAndSet(false, true)) {
                log.warn("Lines for the syslog server {} are dropped: too many wait for it", server);
            }
        }

        @Override
        public void eventSent(Appender<ILoggingEvent> appender, Socket socket, ILoggingEvent event, long nanoseconds) {
            if (dropping.get() && dropping.compareAndSet(true, false)) {
                log.warn("{} lines for the syslog server {} were dropped", dropped.getAndSet(0), server);
            }
        }
    }
}
