package dev.slipway.admin.shell;

import dev.slipway.core.operator.OperatorShell;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.jline.terminal.Size;
import org.jline.terminal.Terminal;
import org.jline.terminal.impl.DumbTerminalProvider;
import org.jline.terminal.impl.ExternalTerminal;

/**
 * The terminal at the client's side of a channel. A thread reads the input, so that Ctrl-C works while a command runs.
 *
 * @param colours whether it shows any
 */
record ShellTerminal(Terminal jline, boolean colours) implements AutoCloseable {
    private static final String DUMB = "dumb";

    /**
     * A terminal type that all modern terminals understand. For others, a program would be run with a name chosen by
     * the client.
     */
    private static final String USUAL = "xterm-256color";

    /** @param input what is typed */
    static ShellTerminal open(OperatorShell.Channel channel, String type, ShellInput input) throws IOException {
        boolean dumb = type.equals(DUMB) || type.isBlank();
        Terminal terminal = new ExternalTerminal(
                new DumbTerminalProvider(),
                "slipway",
                dumb ? DUMB : USUAL,
                input,
                channel.output(),
                StandardCharsets.UTF_8,
                Terminal.SignalHandler.SIG_IGN,
                false,
                null,
                size(channel));
        channel.onResize(() -> {
            terminal.setSize(size(channel));
            terminal.raise(Terminal.Signal.WINCH);
        });
        return new ShellTerminal(terminal, !dumb);
    }

    private static Size size(OperatorShell.Channel channel) {
        int columns = channel.columns();
        int rows = channel.rows();
        return Size.of(columns == 0 ? 80 : columns, rows == 0 ? 24 : rows);
    }

    @Override
    public void close() throws IOException {
        jline.writer().flush();
        jline.close();
    }
}
