package dev.slipway.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

class StoreClientLogTest {
    private static String line(String name) {
        Logger logger = (Logger) LoggerFactory.getLogger(name);
        Exception thrown = new IllegalStateException("it was closed", new IOException("Connection reset\nby peer"));
        return new TextLayout()
                .doLayout(new LoggingEvent(
                        StoreClientLogTest.class.getName(), logger, Level.WARN, "broken", thrown, null));
    }

    @Test
    void aBrokenConnectionToTheStoreIsOneLogLine() {
        for (String name : new String[] {
            "io.netty.channel.DefaultChannelPipeline",
            "software.amazon.awssdk.http.nio.netty.internal.NettyRequestExecutor"
        }) {
            assertThat(line(name))
                    .endsWith(" - broken: java.lang.IllegalStateException: it was closed, caused by"
                            + " java.io.IOException: Connection reset\\nby peer\n")
                    .containsOnlyOnce("\n");
        }
    }

    @Test
    void everythingElseKeepsItsStackTrace() {
        assertThat(line("dev.slipway.app.Gateway")).contains(" - broken\n", StoreClientLogTest.class.getName());
    }
}
