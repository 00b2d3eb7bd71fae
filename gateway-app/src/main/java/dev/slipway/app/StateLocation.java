package dev.slipway.app;

import dev.slipway.core.state.PostgresAddress;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.state.StateSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/**
 * The location of a gateway's state database.
 *
 * @param directory the gateway's own, for the file and for keys
 * @param server null if the database is a file
 */
record StateLocation(Path directory, @Nullable PostgresAddress server) {
    static StateLocation of(StateSettings settings) {
        String url = settings.database();
        return new StateLocation(
                settings.directory(),
                url == null
                        ? null
                        : new PostgresAddress(
                                url,
                                settings.user(),
                                settings.password() == null
                                        ? null
                                        : settings.password().reveal()));
    }

    static StateLocation in(Path directory) {
        return new StateLocation(directory, null);
    }

    Path file() {
        return directory.resolve("slipway.db");
    }

    /** The control socket of a running gateway. */
    Path controlSocket() {
        return directory.resolve("control.sock");
    }

    /** Whether there is a database. A server is only contacted when it is opened. */
    boolean exists() {
        return server != null || Files.exists(file());
    }

    /** For the gateway itself. Blocks. */
    StateDatabase open() throws IOException {
        return opened(server == null ? () -> StateDatabase.open(file()) : () -> StateDatabase.open(server));
    }

    /** For the gateway itself, in a database of the program that embeds it. Blocks. */
    StateDatabase open(DataSource database) throws IOException {
        return opened(() -> StateDatabase.open(database));
    }

    /** For a command in another process. Blocks. */
    StateDatabase join() throws IOException {
        return opened(server == null ? () -> StateDatabase.join(file()) : () -> StateDatabase.join(server));
    }

    private interface Opening {
        StateDatabase open();
    }

    private StateDatabase opened(Opening opening) throws IOException {
        try {
            return opening.open();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        } catch (RuntimeException e) {
            throw new IOException(
                    "the state database " + (server == null ? file() : server) + " cannot be opened: " + e.getMessage(),
                    e);
        }
    }
}
