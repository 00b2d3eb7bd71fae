package dev.slipway.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.read.ListAppender;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.testing.Patience;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class SyslogOutputTest {
    private final LoggerContext context = new LoggerContext();

    @AfterEach
    void stop() {
        context.stop();
    }

    private Logger logger(int port, GatewaySettings.LogFormat format) {
        context.setMDCAdapter(new LogbackMDCAdapter());
        Appender<ILoggingEvent> appender = new SyslogOutput("127.0.0.1", port, false, format).start(context);
        Logger logger = context.getLogger("dev.slipway.Test");
        logger.addAppender(appender);
        return logger;
    }

    private static ServerSocket listen(int port) throws IOException {
        return new ServerSocket(port, 10, InetAddress.getLoopbackAddress());
    }

    /** Reads a message with its length in front of it, as RFC 6587 has it. */
    private static String message(DataInputStream in) throws IOException {
        int length = 0;
        for (int digit = in.readUnsignedByte(); digit != ' '; digit = in.readUnsignedByte()) {
            assertThat(digit).isBetween((int) '0', (int) '9');
            length = 10 * length + digit - '0';
        }
        return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }

    private static Socket accept(ServerSocket server) throws IOException {
        server.setSoTimeout(30_000);
        Socket socket = server.accept();
        socket.setSoTimeout(30_000);
        return socket;
    }

    @Test
    void sendsMessagesOfRfc5424() throws Exception {
        try (ServerSocket server = listen(0)) {
            Logger logger = logger(server.getLocalPort(), GatewaySettings.LogFormat.TEXT);
            logger.warn("Größe\nof {} bytes", 3);
            logger.error("failed", new IOException("disk full"));
            context.getLogger(AuditLog.LOGGER).addAppender(logger.getAppender("syslog"));
            context.getLogger(AuditLog.LOGGER).info("event=login");
            try (Socket socket = accept(server)) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                assertThat(message(in))
                        .matches("<28>1 \\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z \\S+ slipway \\d+ log -"
                                + " Test - Größe\\\\nof 3 bytes");
                assertThat(message(in))
                        .startsWith("<27>1 ")
                        .contains("Test - failed\n    java.io.IOException: disk full\n");
                assertThat(message(in)).startsWith("<86>1 ").endsWith(" audit - audit - event=login");
            }
        }
    }

    @Test
    void sendsJsonIfThatIsTheFormat() throws Exception {
        try (ServerSocket server = listen(0)) {
            logger(server.getLocalPort(), GatewaySettings.LogFormat.JSON).info("hello");
            try (Socket socket = accept(server)) {
                assertThat(message(new DataInputStream(socket.getInputStream())))
                        .matches("<30>1 .* log - \\{\"time\":.*\"message\":\"hello\"\\}");
            }
        }
    }

    @Test
    void neverWaitsForTheServer() throws Exception {
        ListAppender<ILoggingEvent> said = new ListAppender<>();
        Logger own = (Logger) LoggerFactory.getLogger(SyslogOutput.class);
        said.start();
        own.setLevel(Level.INFO);
        own.addAppender(said);
        try {
            int port;
            try (ServerSocket free = listen(0)) {
                port = free.getLocalPort();
            }
            Logger logger = logger(port, GatewaySettings.LogFormat.TEXT);
            for (int i = 0; i < 2 * SyslogOutput.QUEUE; i++) {
                logger.info("line {}", i);
            }
            Patience.await(
                    "the failure was said",
                    () -> texts(said).stream().anyMatch(text -> text.contains("cannot be reached")));
            assertThat(texts(said))
                    .filteredOn(text -> text.contains("are dropped"))
                    .hasSize(2);
            assertThat(texts(said))
                    .filteredOn(text -> text.contains("cannot be reached"))
                    .hasSize(1);
            try (ServerSocket server = listen(port);
                    Socket socket = accept(server)) {
                DataInputStream in = new DataInputStream(socket.getInputStream());
                assertThat(message(in)).endsWith("line 0");
                assertThat(message(in)).endsWith("line 1");
                Patience.await("the dropped lines were counted", () -> {
                    if (in.available() > 0) {
                        in.skipNBytes(in.available());
                    }
                    return texts(said).stream().anyMatch(text -> text.matches("8\\d{3} lines .* were dropped"));
                });
            }
        } finally {
            own.detachAppender(said);
        }
    }

    private static List<String> texts(ListAppender<ILoggingEvent> said) {
        return List.copyOf(said.list).stream()
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }
}
