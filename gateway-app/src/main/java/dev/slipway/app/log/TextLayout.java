package dev.slipway.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;

/**
 * Text lines: time in UTC, level, logger, message and client context. Stack traces are indented, so that only the log
 * itself can begin a line.
 */
final class TextLayout extends LayoutBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    @Override
    public String doLayout(ILoggingEvent event) {
        StringBuilder line = new StringBuilder(256);
        TIME.formatTo(event.getInstant(), line);
        line.append(' ').append("%-5s".formatted(event.getLevel())).append(' ');
        appendContent(line, event);
        return line.toString();
    }

    /** Appends what follows the level, with a line end. */
    static void appendContent(StringBuilder line, ILoggingEvent event) {
        String logger = event.getLoggerName();
        line.append(logger, logger.lastIndexOf('.') + 1, logger.length()).append(" - ");
        Escapes.append(line, event.getFormattedMessage());
        appendContext(line, event);
        IThrowableProxy exception = event.getThrowableProxy();
        boolean summarized = exception != null && StoreClientLog.isOneOf(event);
        if (exception != null && summarized) {
            Escapes.append(line, ": " + StoreClientLog.summary(exception));
        }
        line.append('\n');
        if (exception != null && !summarized) {
            ThrowableProxyUtil.asString(exception).lines().forEach(each -> {
                line.append("    ");
                Escapes.append(line, each);
                line.append('\n');
            });
        }
    }

    private static void appendContext(StringBuilder line, ILoggingEvent event) {
        // An audit line already contains it.
        if (event.getLoggerName().equals(AuditLog.LOGGER)) {
            return;
        }
        for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
            line.append(' ').append(entry.getKey()).append('=');
            Escapes.appendValue(line, entry.getValue());
        }
    }
}
