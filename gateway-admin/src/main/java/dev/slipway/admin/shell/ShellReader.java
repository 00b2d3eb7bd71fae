package dev.slipway.admin.shell;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.function.Consumer;
import org.jline.reader.Buffer;
import org.jline.reader.impl.LineReaderImpl;
import org.jline.reader.impl.UndoTree;
import org.jline.reader.impl.history.DefaultHistory;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** Reads lines from a terminal. The steps that can be undone and the lines of the history are bounded. */
final class ShellReader extends LineReaderImpl {
    private static final int LINES = 1000;
    private static final int LONGEST_LINE = 1000;
    private static final int STEPS = 100;

    /** @param history the file that keeps the lines; null to keep none */
    ShellReader(Terminal terminal, @Nullable Path history) throws IOException {
        super(terminal, "slipway", new HashMap<>());
        undo = new Steps(this::setBuffer);
        setVariable(HISTORY_SIZE, LINES);
        setVariable(HISTORY_FILE_SIZE, LINES);
        if (history != null) {
            setVariable(HISTORY_FILE, history);
        }
        setHistory(new ShortLines());
    }

    /** Forgets all steps when there are too many: each is a copy of the line. */
    private static final class Steps extends UndoTree<Buffer> {
        private int count;

        Steps(Consumer<Buffer> restore) {
            super(restore);
        }

        @Override
        public void newState(Buffer state) {
            if (++count > STEPS) {
                clear();
            }
            super.newState(state);
        }

        @Override
        public void clear() {
            super.clear();
            count = 0;
        }
    }

    private static final class ShortLines extends DefaultHistory {
        @Override
        public void add(Instant time, String line) {
            if (line.length() <= LONGEST_LINE) {
                super.add(time, line);
            }
        }
    }
}
