package dev.slipway.app.log;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.encoder.EncoderBase;
import dev.slipway.app.config.GatewaySettings;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import org.jspecify.annotations.Nullable;

/**
 * Messages of <a href="https://www.rfc-editor.org/rfc/rfc5424">RFC 5424</a>, each preceded by its length in bytes (<a
 * href="https://www.rfc-editor.org/rfc/rfc6587#section-3.4.1">RFC 6587, octet counting</a>; RFC 5425 prescribes it for
 * TLS).
 */
final class SyslogEncoder extends EncoderBase<ILoggingEvent> {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    /** System daemons. */
    private static final int DAEMON = 3;

    /** Security messages that not everybody may read. */
    private static final int AUTHPRIV = 10;

    private static final int MOST_HOST_CHARACTERS = 255;

    private final String host;
    private final long process;

    /** Encodes the text; null for plain text. */
    private final @Nullable Encoder<ILoggingEvent> json;

    /**
     * @param host this machine's name
     * @param json the encoder for the text if the log's format is JSON
     */
    SyslogEncoder(String host, long process, GatewaySettings.LogFormat format, Encoder<ILoggingEvent> json) {
        String printable = host.replaceAll("[^\\x21-\\x7e]", "");
        this.host =
                printable.isEmpty() ? "-" : printable.substring(0, Math.min(printable.length(), MOST_HOST_CHARACTERS));
        this.process = process;
        this.json = format == GatewaySettings.LogFormat.JSON ? json : null;
    }

    @Override
    public byte[] headerBytes() {
        return new byte[0];
    }

    @Override
    public byte[] encode(ILoggingEvent event) {
        boolean audit = event.getLoggerName().equals(AuditLog.LOGGER);
        StringBuilder header = new StringBuilder(128);
        header.append('<')
                .append((audit ? AUTHPRIV : DAEMON) * 8 + severity(event.getLevel()))
                .append(">1 ");
        TIME.formatTo(event.getInstant(), header);
        header.append(' ').append(host).append(" slipway ").append(process).append(audit ? " audit - " : " log - ");
        byte[] before = header.toString().getBytes(StandardCharsets.UTF_8);
        byte[] text = text(event);
        ByteArrayOutputStream message = new ByteArrayOutputStream(before.length + text.length + 8);
        message.writeBytes((before.length + text.length + " ").getBytes(StandardCharsets.US_ASCII));
        message.writeBytes(before);
        message.writeBytes(text);
        return message.toByteArray();
    }

    private byte[] text(ILoggingEvent event) {
        if (json != null) {
            return new String(json.encode(event), StandardCharsets.UTF_8)
                    .stripTrailing()
                    .getBytes(StandardCharsets.UTF_8);
        }
        StringBuilder text = new StringBuilder(256);
        TextLayout.appendContent(text, event);
        return text.toString().stripTrailing().getBytes(StandardCharsets.UTF_8);
    }

    private static int severity(Level level) {
        return switch (level.toInt()) {
            case Level.ERROR_INT -> 3;
            case Level.WARN_INT -> 4;
            case Level.INFO_INT -> 6;
            default -> 7;
        };
    }

    @Override
    public byte[] footerBytes() {
        return new byte[0];
    }
}
