package dev.slipway.app.keys;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

class ReloadingTest {
    @TempDir
    private Path folder;

    /** Only the file's mode changes after it was written, which its stamp does not show. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aFileThatCouldNotBeReadIsReadWhenItCan(boolean unexpected) throws IOException {
        Path file = Files.writeString(folder.resolve("revoked"), "old");
        AtomicReference<String> hindrance = new AtomicReference<>("");
        Reloading<String> value = new Reloading<>("revocations", List.of(file), () -> {
            if (!hindrance.get().isEmpty()) {
                if (unexpected) {
                    throw new IllegalStateException(hindrance.get());
                }
                throw new IOException(hindrance.get());
            }
            return Files.readString(file);
        });
        Logger logger = (Logger) LoggerFactory.getLogger(Reloading.class);
        ListAppender<ILoggingEvent> logged = new ListAppender<>();
        logged.start();
        logger.addAppender(logged);
        try {
            hindrance.set("permission denied");
            Files.writeString(file, "newer");
            assertThat(value.get()).isEqualTo("old");
            assertThat(value.get()).isEqualTo("old");
            assertThat(logged.list).singleElement().asString().contains("permission denied");

            hindrance.set("disk error");
            assertThat(value.get()).isEqualTo("old");
            assertThat(logged.list).hasSize(2);

            hindrance.set("");
            assertThat(value.get()).isEqualTo("newer");
        } finally {
            logger.detachAppender(logged);
        }
    }

    @Test
    void anUnchangedFileIsReadOnce() throws IOException {
        Path file = Files.writeString(folder.resolve("key"), "1");
        AtomicReference<String> content = new AtomicReference<>("first");
        Reloading<String> value = new Reloading<>("key", List.of(file), content::get);
        content.set("second");
        assertThat(value.get()).isEqualTo("first");
    }
}
