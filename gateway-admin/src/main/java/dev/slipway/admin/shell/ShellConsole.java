package dev.slipway.admin.shell;

import dev.slipway.admin.command.Console;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jline.reader.EndOfFileException;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jspecify.annotations.Nullable;

/** Input and output of one command in a shell. */
final class ShellConsole implements Console {
    /** As a shell reports a command ended by Ctrl-C. */
    static final int CANCELLED_STATUS = 130;

    private static final String RED = "\u001b[31m";
    private static final String PLAIN = "\u001b[0m";

    private final PrintWriter out;
    private final PrintWriter err;
    private final InputStream input;
    private final @Nullable Terminal terminal;
    private final CountDownLatch cancelled = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private volatile boolean detached;

    /** Without a terminal. */
    ShellConsole(PrintWriter out, PrintWriter err, InputStream input) {
        this(out, err, input, null, false);
    }

    private ShellConsole(
            PrintWriter out, PrintWriter err, InputStream input, @Nullable Terminal terminal, boolean colours) {
        this.out = new PrintWriter(new Detachable(out, false));
        this.err = new PrintWriter(new Detachable(err, colours));
        this.input = input;
        this.terminal = terminal;
    }

    /** @param colours whether errors are shown in another colour */
    static ShellConsole on(Terminal terminal, boolean colours) {
        return new ShellConsole(terminal.writer(), terminal.writer(), terminal.input(), terminal, colours);
    }

    void cancel() {
        cancelled.countDown();
    }

    void end() {
        ended.countDown();
    }

    /** Discards further output of the command. */
    void detach() {
        detached = true;
    }

    /**
     * Waits for the end of the command.
     *
     * @param patience how long it may take to end after it was cancelled
     * @return whether it has ended
     */
    boolean awaitEnd(Duration patience) {
        try {
            while (!ended.await(50, TimeUnit.MILLISECONDS)) {
                if (cancelled.getCount() == 0) {
                    return ended.await(patience.toMillis(), TimeUnit.MILLISECONDS);
                }
            }
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public PrintWriter out() {
        return out;
    }

    @Override
    public PrintWriter err() {
        return err;
    }

    @Override
    public InputStream input() {
        return input;
    }

    @Override
    public char @Nullable [] readSecret(String prompt) throws IOException {
        String typed = read(prompt, '\0');
        return typed == null ? null : typed.toCharArray();
    }

    @Override
    public @Nullable String readLine(String prompt) throws IOException {
        return read(prompt, null);
    }

    private @Nullable String read(String prompt, @Nullable Character mask) throws IOException {
        if (terminal == null) {
            return null;
        }
        try {
            return new ShellReader(terminal, null).readLine(prompt, mask);
        } catch (UserInterruptException | EndOfFileException e) {
            cancel();
            throw new IOException("no input; nothing was changed", e);
        }
    }

    @Override
    public int columns() {
        return terminal == null ? 0 : terminal.getSize().getColumns();
    }

    /** What goes to a session is UTF-8; see {@link ShellTerminal} for the types. */
    @Override
    public boolean isUnicode() {
        return terminal != null && !terminal.getType().startsWith("dumb");
    }

    @Override
    public boolean isCancelledWithin(Duration time) {
        try {
            return cancelled.await(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return true;
        }
    }

    private final class Detachable extends FilterWriter {
        private final boolean red;

        Detachable(Writer target, boolean red) {
            super(target);
            this.red = red;
        }

        @Override
        public void write(int c) throws IOException {
            write(String.valueOf((char) c), 0, 1);
        }

        @Override
        public void write(char[] text, int start, int length) throws IOException {
            write(String.valueOf(text, start, length), 0, length);
        }

        @Override
        public void write(String text, int start, int length) throws IOException {
            if (!detached) {
                String part = text.substring(start, start + length);
                out.write(red && !part.isBlank() ? RED + part + PLAIN : part);
            }
        }

        @Override
        public void flush() throws IOException {
            if (!detached) {
                out.flush();
            }
        }
    }
}
