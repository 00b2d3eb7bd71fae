package dev.slipway.app.log;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.core.ContextBase;
import ch.qos.logback.core.encoder.EchoEncoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AuditFileAppenderTest {
    @TempDir
    private Path folder;

    private static String mode(Path file) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
    }

    @Test
    void onlyOwnerAndGroupReadItAlsoAfterItWasRotated() throws IOException {
        Path file = folder.resolve("made/audit.log");
        ContextBase context = new ContextBase();
        AuditFileAppender<String> appender = new AuditFileAppender<>();
        appender.setContext(context);
        appender.setFile(file.toString());
        FixedWindowRollingPolicy rotation = new FixedWindowRollingPolicy();
        rotation.setContext(context);
        rotation.setParent(appender);
        rotation.setFileNamePattern(file + ".%i");
        rotation.start();
        appender.setRollingPolicy(rotation);
        SizeBasedTriggeringPolicy<String> never = new SizeBasedTriggeringPolicy<>();
        never.setContext(context);
        never.start();
        appender.setTriggeringPolicy(never);
        EchoEncoder<String> encoder = new EchoEncoder<>();
        encoder.setContext(context);
        appender.setEncoder(encoder);
        appender.start();
        appender.doAppend("first");
        assertThat(mode(file)).isEqualTo("rw-r-----");

        appender.rollover();
        appender.doAppend("second");
        appender.stop();

        assertThat(mode(file)).isEqualTo("rw-r-----");
        assertThat(Files.readString(file)).contains("second").doesNotContain("first");
        assertThat(mode(folder.resolve("made/audit.log.1"))).isEqualTo("rw-r-----");
    }
}
