package dev.slipway.app.log;

import ch.qos.logback.classic.spi.ILoggingEvent;
import java.util.Map;
import net.logstash.logback.composite.AbstractJsonProvider;
import tools.jackson.core.JsonGenerator;

/** The fields of a line besides its time and exception: the client's context, or those of the audit log. */
final class JsonFields extends AbstractJsonProvider<ILoggingEvent> {
    @Override
    public void writeTo(JsonGenerator json, ILoggingEvent event) {
        json.writeStringProperty("level", event.getLevel().toString());
        json.writeStringProperty("logger", event.getLoggerName());
        json.writeStringProperty("thread", event.getThreadName());
        Object[] arguments = event.getArgumentArray();
        if (arguments != null && arguments.length == 1 && arguments[0] instanceof AuditEntry entry) {
            entry.fields().forEach((name, value) -> write(json, name, value));
        } else {
            json.writeStringProperty("message", event.getFormattedMessage());
            for (Map.Entry<String, String> entry : event.getMDCPropertyMap().entrySet()) {
                json.writeStringProperty(entry.getKey(), entry.getValue());
            }
        }
    }

    private static void write(JsonGenerator json, String name, Object value) {
        if (value instanceof Long number) {
            json.writeNumberProperty(name, number);
        } else {
            json.writeStringProperty(name, value.toString());
        }
    }
}
