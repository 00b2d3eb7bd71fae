package dev.slipway.sftp.command;

import dev.slipway.core.account.AccountSession;
import dev.slipway.core.operator.OperatorShell;
import dev.slipway.sftp.transport.ChannelCommand;
import dev.slipway.sftp.transport.GatewayChannel;
import dev.slipway.sftp.transport.SessionState;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.sshd.server.Environment;
import org.jspecify.annotations.Nullable;

/** A channel that an {@link OperatorShell} serves. */
public final class OperatorChannel extends ChannelCommand {
    private final OperatorShell shell;
    private final AccountSession login;
    private final @Nullable String command;
    private final AtomicReference<Runnable> onGone = new AtomicReference<>(OperatorChannel::nothing);
    private volatile Runnable onResize = OperatorChannel::nothing;
    private volatile Runnable onInterrupt = OperatorChannel::nothing;
    private volatile Map<String, String> environment = Map.of();
    private volatile boolean busy;
    private volatile boolean gone;

    /** @param command null for an interactive shell */
    public OperatorChannel(
            GatewayChannel channel,
            SessionState session,
            Executor executor,
            OperatorShell shell,
            AccountSession login,
            @Nullable String command) {
        super(channel, session, executor);
        this.shell = shell;
        this.login = login;
        this.command = command;
        this.busy = command != null;
    }

    private static void nothing() {}

    @Override
    public void prepare(Environment started) {
        // Its own map, which the library changes with the size of the terminal.
        environment = started.getEnv();
        started.addSignalListener((_, signal) -> {
            switch (signal) {
                case WINCH -> onResize.run();
                case INT, TERM, HUP, QUIT -> onInterrupt.run();
                default -> {}
            }
        });
    }

    @Override
    public int serve() {
        return shell.serve(new View());
    }

    @Override
    public void abandon() {
        gone = true;
        onGone.getAndSet(OperatorChannel::nothing).run();
    }

    @Override
    public boolean isWorking() {
        return busy;
    }

    /** A command that waits for a job must not keep a gateway from stopping; the job continues. */
    @Override
    public boolean isBusy() {
        return false;
    }

    private final class View implements OperatorShell.Channel {
        private final InputStream in = new Typed();
        private final OutputStream out = new BufferedOutputStream(new Written());

        @Override
        public AccountSession login() {
            return login;
        }

        @Override
        public @Nullable String command() {
            return command;
        }

        @Override
        public @Nullable String terminal() {
            return environment.get(Environment.ENV_TERM);
        }

        @Override
        public InputStream input() {
            return in;
        }

        @Override
        public OutputStream output() {
            return out;
        }

        @Override
        public OutputStream errors() {
            return terminal() == null ? new WrittenBeside() : out;
        }

        @Override
        public int columns() {
            return number(Environment.ENV_COLUMNS);
        }

        @Override
        public int rows() {
            return number(Environment.ENV_LINES);
        }

        private int number(String name) {
            String text = environment.getOrDefault(name, "");
            return text.matches("\\d{1,4}") ? Integer.parseInt(text) : 0;
        }

        @Override
        public void onResize(Runnable action) {
            onResize = action;
        }

        @Override
        public void onInterrupt(Runnable action) {
            onInterrupt = action;
        }

        @Override
        public void onGone(Runnable action) {
            onGone.set(action);
            if (gone) {
                onGone.getAndSet(OperatorChannel::nothing).run();
            }
        }

        @Override
        public void setBusy(boolean now) {
            busy = now;
        }
    }

    private final class Typed extends InputStream {
        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int start, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            ByteBuffer next = input().next(length);
            if (next == null) {
                return -1;
            }
            int count = next.remaining();
            next.get(bytes, start, count);
            return count;
        }
    }

    private final class Written extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            write(new byte[] {(byte) b}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            writeBeside(bytes, start, length);
        }
    }

    private final class WrittenBeside extends OutputStream {
        @Override
        public void write(int b) throws IOException {
            writeError(new byte[] {(byte) b});
        }

        @Override
        public void write(byte[] bytes, int start, int length) throws IOException {
            writeError(Arrays.copyOfRange(bytes, start, start + length));
        }
    }
}
