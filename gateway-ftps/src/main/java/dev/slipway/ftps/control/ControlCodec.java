package dev.slipway.ftps.control;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.apache.mina.core.buffer.IoBuffer;
import org.apache.mina.core.session.AttributeKey;
import org.apache.mina.core.session.IoSession;
import org.apache.mina.filter.codec.ProtocolCodecFactory;
import org.apache.mina.filter.codec.ProtocolDecoder;
import org.apache.mina.filter.codec.ProtocolDecoderAdapter;
import org.apache.mina.filter.codec.ProtocolDecoderOutput;
import org.apache.mina.filter.codec.ProtocolEncoder;
import org.apache.mina.filter.codec.ProtocolEncoderAdapter;
import org.apache.mina.filter.codec.ProtocolEncoderOutput;

/** Bytes of the control connection to {@link Input}s, and {@link Reply}s to bytes. */
final class ControlCodec implements ProtocolCodecFactory {
    /** Maximum length of a command line in bytes, without its end: enough for a path of 4096 bytes. */
    static final int MAX_LINE = 8192;

    private static final AttributeKey DECODER = new AttributeKey(ControlCodec.class, "decoder");
    private static final ProtocolEncoder ENCODER = new Encoder();

    /** The decoder of a session. */
    static LineDecoder decoder(IoSession session) {
        LineDecoder present = (LineDecoder) session.getAttribute(DECODER);
        if (present != null) {
            return present;
        }
        LineDecoder decoder = new LineDecoder();
        session.setAttribute(DECODER, decoder);
        return decoder;
    }

    @Override
    public ProtocolDecoder getDecoder(IoSession session) {
        return decoder(session);
    }

    @Override
    public ProtocolEncoder getEncoder(IoSession session) {
        return ENCODER;
    }

    /** Only called by the I/O thread of its session. */
    static final class LineDecoder extends ProtocolDecoderAdapter {
        private static final int IAC = 0xFF;
        private static final int FIRST_TELNET_COMMAND = 0xF0;
        private static final int DATA_MARK = 0xF2;
        private static final int WILL = 0xFB;

        private byte[] line = new byte[128];
        private int length;
        private boolean tooLong;
        private int telnetBytesToSkip;
        private boolean afterIac;

        /** Discards an incomplete line. */
        void reset() {
            length = 0;
            tooLong = false;
            telnetBytesToSkip = 0;
            afterIac = false;
        }

        @Override
        public void decode(IoSession session, IoBuffer in, ProtocolDecoderOutput out) {
            while (in.hasRemaining()) {
                int next = in.getUnsigned();
                if (next == '\n') {
                    out.write(take());
                } else if (!isTelnet(next)) {
                    append((byte) next);
                }
            }
        }

        /**
         * Telnet commands are recognised only before a command, where ABOR comes with IP and Synch (RFC 959 section
         * 4.1.3); further on, their bytes are part of a name that is not UTF-8.
         */
        private boolean isTelnet(int next) {
            if (telnetBytesToSkip > 0) {
                telnetBytesToSkip--;
                return true;
            }
            if (afterIac) {
                afterIac = false;
                if (next >= FIRST_TELNET_COMMAND && next != IAC) {
                    telnetBytesToSkip = next >= WILL ? 1 : 0;
                    return true;
                }
                append((byte) IAC);
                return false;
            }
            if (length == 0 && next == IAC) {
                afterIac = true;
                return true;
            }
            return length == 0 && next == DATA_MARK;
        }

        private void append(byte next) {
            if (length == MAX_LINE + 1) { // one more for the carriage return
                tooLong = true;
                return;
            }
            if (length == line.length) {
                line = Arrays.copyOf(line, Math.min(line.length * 2, MAX_LINE + 1));
            }
            line[length++] = next;
        }

        private Input take() {
            int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
            boolean refused = tooLong || end > MAX_LINE;
            Input input = refused
                    ? new Input.Unreadable(
                            new Reply(500, "Command line too long (over " + MAX_LINE + " bytes); ignored."))
                    : read(end);
            Arrays.fill(line, 0, length, (byte) 0); // it may have held a password
            reset();
            return input;
        }

        private Input read(int end) {
            for (int i = 0; i < end; i++) {
                if (line[i] == 0 || line[i] == '\r') {
                    return new Input.Unreadable(
                            new Reply(501, "Command contains a NUL or a carriage return; ignored."));
                }
            }
            try {
                return Input.Line.parse(StandardCharsets.UTF_8
                        .newDecoder()
                        .onMalformedInput(CodingErrorAction.REPORT)
                        .onUnmappableCharacter(CodingErrorAction.REPORT)
                        .decode(ByteBuffer.wrap(line, 0, end))
                        .toString());
            } catch (CharacterCodingException e) {
                return new Input.Unreadable(
                        new Reply(501, "Command is not valid UTF-8; ignored. Set the client to UTF-8."));
            }
        }
    }

    private static final class Encoder extends ProtocolEncoderAdapter {
        @Override
        public void encode(IoSession session, Object message, ProtocolEncoderOutput out) {
            out.write(IoBuffer.wrap(message.toString().getBytes(StandardCharsets.UTF_8)));
        }
    }
}
