package dev.slipway.app.log;

import ch.qos.logback.classic.AsyncAppender;
import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.OutputStreamAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.TimeBasedRollingPolicy;
import dev.slipway.app.config.GatewaySettings;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import net.logstash.logback.composite.loggingevent.LoggingEventFormattedTimestampJsonProvider;
import net.logstash.logback.encoder.LoggingEventCompositeJsonEncoder;
import org.slf4j.LoggerFactory;

/**
 * Destination and format of the process's log. For the command line only: a program that embeds the gateway has its own
 * logging configuration.
 */
public final class LogOutput {
    /** Logback's property for a configuration file. */
    private static final String CONFIGURATION = "logback.configurationFile";

    /** Logger levels, and text lines until the settings are read. */
    private static final String OWN_CONFIGURATION = "slipway-logback.xml";

    /** How many lines a slow disk or pipe may lag behind. */
    private static final int QUEUE = 8192;

    /** How long queued lines are still written at the end of the process. */
    private static final Duration FLUSH = Duration.ofSeconds(5);

    private LogOutput() {}

    /** To be called before the first logger is created. */
    public static void prepare() {
        if (System.getProperty(CONFIGURATION) == null) {
            System.setProperty(CONFIGURATION, OWN_CONFIGURATION);
        }
    }

    /**
     * Applies the settings. Does nothing if logback has a configuration file.
     *
     * @throws IOException the audit file cannot be written
     */
    public static void start(GatewaySettings.Log settings) throws IOException {
        if (!OWN_CONFIGURATION.equals(System.getProperty(CONFIGURATION))) {
            return;
        }
        setLevel(Level.valueOf(settings.level().name()));
        Logger root = context().getLogger(Logger.ROOT_LOGGER_NAME);
        root.detachAndStopAllAppenders();
        root.addAppender(started(console(), settings.format()));
        Optional<Appender<ILoggingEvent>> syslog = SyslogOutput.of(settings).map(output -> output.start(context()));
        syslog.ifPresent(root::addAppender);
        Path auditFile = settings.auditFile();
        if (auditFile != null) {
            Logger audit = context().getLogger(AuditLog.LOGGER);
            audit.setAdditive(false);
            audit.detachAndStopAllAppenders();
            audit.addAppender(started(file(auditFile), settings.format()));
            syslog.ifPresent(audit::addAppender);
        }
    }

    /** The log level of Slipway's own loggers. */
    public static void setLevel(Level level) {
        context().getLogger("dev.slipway").setLevel(level);
    }

    /** Writes all queued lines, for at most a few seconds. Nothing is logged afterwards. */
    public static void close() {
        context().stop();
    }

    private static LoggerContext context() {
        return (LoggerContext) LoggerFactory.getILoggerFactory();
    }

    private static ConsoleAppender<ILoggingEvent> console() {
        ConsoleAppender<ILoggingEvent> console = new ConsoleAppender<>();
        console.setTarget("System.err");
        return console;
    }

    /** A file with one day's lines; files of earlier days have their date appended to the name. */
    private static RollingFileAppender<ILoggingEvent> file(Path path) throws IOException {
        RollingFileAppender<ILoggingEvent> file = new AuditFileAppender<>();
        file.setFile(path.toString());
        TimeBasedRollingPolicy<ILoggingEvent> daily = new TimeBasedRollingPolicy<>();
        daily.setContext(context());
        daily.setParent(file);
        daily.setFileNamePattern(path + ".%d{yyyy-MM-dd, UTC}");
        daily.start();
        file.setRollingPolicy(daily);
        return file;
    }

    /**
     * Lines are queued, so that a stalling disk or pipe does not stop the threads that serve clients. When the queue is
     * full, they wait: a gateway that continues without an audit log would be worse than a slow one. So no line is
     * dropped.
     */
    private static Appender<ILoggingEvent> started(
            OutputStreamAppender<ILoggingEvent> target, GatewaySettings.LogFormat format) throws IOException {
        target.setContext(context());
        target.setEncoder(encoder(format));
        target.start();
        if (!target.isStarted() || target.getOutputStream() == null) {
            throw new IOException(
                    target instanceof RollingFileAppender<ILoggingEvent> file
                            ? "log.auditFile " + file.rawFileProperty() + " cannot be written"
                            : "standard error cannot be written");
        }
        AsyncAppender queue = new AsyncAppender();
        queue.setContext(context());
        queue.setQueueSize(QUEUE);
        queue.setDiscardingThreshold(0);
        queue.setNeverBlock(false);
        queue.setMaxFlushTime(Math.toIntExact(FLUSH.toMillis()));
        queue.addAppender(target);
        queue.start();
        return queue;
    }

    private static Encoder<ILoggingEvent> encoder(GatewaySettings.LogFormat format) {
        return switch (format) {
            case TEXT -> text();
            case JSON -> json();
        };
    }

    private static Encoder<ILoggingEvent> text() {
        TextLayout layout = new TextLayout();
        layout.setContext(context());
        layout.start();
        LayoutWrappingEncoder<ILoggingEvent> encoder = new LayoutWrappingEncoder<>();
        encoder.setContext(context());
        encoder.setCharset(StandardCharsets.UTF_8);
        encoder.setLayout(layout);
        encoder.start();
        return encoder;
    }

    /** One object per line. Operators rely on the field names, which docs/guides/logging.md lists. */
    static Encoder<ILoggingEvent> json() {
        LoggingEventFormattedTimestampJsonProvider time = new LoggingEventFormattedTimestampJsonProvider();
        time.setFieldName("time");
        time.setTimeZone("UTC");
        time.setPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'");
        JsonException exception = new JsonException();
        exception.setFieldName("exception");
        LoggingEventCompositeJsonEncoder encoder = new LoggingEventCompositeJsonEncoder();
        encoder.setContext(context());
        encoder.getProviders().addProvider(time);
        encoder.getProviders().addProvider(new JsonFields());
        encoder.getProviders().addProvider(exception);
        encoder.start();
        return encoder;
    }
}
