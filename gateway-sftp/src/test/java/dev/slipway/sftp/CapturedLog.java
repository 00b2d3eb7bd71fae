package dev.slipway.sftp;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.LoggerFactory;

/** Collects everything that this process logs while this is open. */
final class CapturedLog implements AutoCloseable {
    private static final Logger ROOT = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);

    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Level before = ROOT.getLevel();
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            lines.add(event.getLoggerName() + " " + event.getFormattedMessage());
        }
    };

    CapturedLog(Level level) {
        appender.start();
        ROOT.addAppender(appender);
        ROOT.setLevel(level);
    }

    /** The lines, each with the name of its logger. */
    List<String> lines() {
        return List.copyOf(lines);
    }

    @Override
    public void close() {
        ROOT.setLevel(before);
        ROOT.detachAppender(appender);
    }
}
