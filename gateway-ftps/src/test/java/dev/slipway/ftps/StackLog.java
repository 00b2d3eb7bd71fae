package dev.slipway.ftps;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/** Collects everything that the loggers of the FTP stack log, at any level, and the warnings of all others. */
final class StackLog implements AutoCloseable {
    private static final List<String> STACK =
            List.of("dev.slipway", "org.apache.mina", "org.apache.ftpserver", "io.netty.handler.ssl");

    private final List<ILoggingEvent> events = new CopyOnWriteArrayList<>();
    private final Map<Logger, @Nullable Level> levels = new LinkedHashMap<>();
    private final Logger root = logger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    private final AppenderBase<ILoggingEvent> appender = new AppenderBase<>() {
        @Override
        protected void append(ILoggingEvent event) {
            events.add(event);
        }
    };
    private final List<ch.qos.logback.core.Appender<ILoggingEvent>> usual = new CopyOnWriteArrayList<>();

    StackLog() {
        root.iteratorForAppenders().forEachRemaining(usual::add);
        usual.forEach(root::detachAppender);
        appender.start();
        root.addAppender(appender);
        for (String name : STACK) {
            Logger logger = logger(name);
            levels.put(logger, logger.getLevel());
            logger.setLevel(Level.TRACE);
        }
    }

    private static Logger logger(String name) {
        return (Logger) LoggerFactory.getLogger(name);
    }

    List<ILoggingEvent> events() {
        return List.copyOf(events);
    }

    @Override
    public void close() {
        levels.forEach(Logger::setLevel);
        root.detachAppender(appender);
        usual.forEach(root::addAppender);
    }
}
