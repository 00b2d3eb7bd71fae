package dev.slipway.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;

/**
 * The log lines of the libraries between the gateway and the store. They report each broken connection with a stack
 * trace of tens of lines. Slipway itself reports the failed request.
 */
final class StoreClientLog {
    private StoreClientLog() {}

    static boolean isOneOf(ILoggingEvent event) {
        return event.getLoggerName().startsWith("io.netty.")
                || event.getLoggerName().startsWith("software.amazon.awssdk.");
    }

    /** The exception and its causes, on one line. */
    static String summary(IThrowableProxy exception) {
        StringBuilder summary = new StringBuilder();
        for (IThrowableProxy cause = exception; cause != null; cause = cause.getCause()) {
            summary.append(summary.isEmpty() ? "" : ", caused by ").append(cause.getClassName());
            if (cause.getMessage() != null) {
                summary.append(": ").append(cause.getMessage());
            }
        }
        return summary.toString();
    }
}
