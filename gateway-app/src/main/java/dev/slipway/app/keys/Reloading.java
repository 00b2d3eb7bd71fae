package dev.slipway.app.keys;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A value that is read from files, and read again when they have changed. Files are checked when the value is
 * requested, which is once per session. If the new files cannot be used, the previous value stays, the log says why,
 * once for each change, and the next session reads them again: the cause may be invisible in the file's stamp, such as
 * its mode.
 */
final class Reloading<T> implements Supplier<T> {
    private static final Logger log = LoggerFactory.getLogger(Reloading.class);

    /** Reads the value. */
    interface Reader<T> {
        T read() throws IOException;
    }

    private final String name;
    private final List<Path> files;
    private final Reader<T> reader;

    @GuardedBy("this")
    private List<FileStamp> stamps;

    @GuardedBy("this")
    private T value;

    @GuardedBy("this")
    private @Nullable Failure failure;

    /** The problem that was logged already. */
    private record Failure(List<FileStamp> stamps, String message) {}

    Reloading(String name, List<Path> files, Reader<T> reader) throws IOException {
        this.name = name;
        this.files = List.copyOf(files);
        this.reader = reader;
        this.stamps = FileStamp.of(files);
        this.value = reader.read();
    }

    @Override
    public synchronized T get() {
        // The stamps are taken before the files are read, so that a change in between is noticed next time.
        List<FileStamp> now = FileStamp.of(files);
        if (now.equals(stamps)) {
            failure = null;
            return value;
        }
        try {
            value = reader.read();
            stamps = now;
            failure = null;
            log.info("Loaded the changed {}: {}", name, files);
        } catch (IOException e) {
            failed(new Failure(now, String.valueOf(e.getMessage())));
        } catch (RuntimeException e) {
            failed(new Failure(now, e.toString()));
        }
        return value;
    }

    @GuardedBy("this")
    private void failed(Failure latest) {
        if (!latest.equals(failure)) {
            log.error("The changed {} cannot be used; the previous one stays in use: {}", name, latest.message());
        }
        failure = latest;
    }
}
