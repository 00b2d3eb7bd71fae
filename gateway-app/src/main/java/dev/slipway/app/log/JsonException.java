package dev.slipway.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.IThrowableProxy;
import net.logstash.logback.composite.loggingevent.StackTraceJsonProvider;
import tools.jackson.core.JsonGenerator;

/** The stack trace of a line; without frames for the libraries below the store's client. */
final class JsonException extends StackTraceJsonProvider {
    @Override
    public void writeTo(JsonGenerator json, ILoggingEvent event) {
        IThrowableProxy exception = event.getThrowableProxy();
        if (exception != null && StoreClientLog.isOneOf(event)) {
            json.writeStringProperty(getFieldName(), StoreClientLog.summary(exception));
        } else {
            super.writeTo(json, event);
        }
    }
}
