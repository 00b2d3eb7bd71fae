package dev.slipway.core.operator;

import dev.slipway.core.account.AccountSession;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * The shell of accounts with the option {@code ADMIN}, and the commands that are neither scp nor a checksum. Called for
 * several channels at once, each on its own thread, which may block.
 */
public interface OperatorShell {
    /**
     * Serves a channel until its client leaves, or the command has ended.
     *
     * @return the exit status, 0 to 255
     */
    int serve(Channel channel);

    /** A channel of a session. Each stream is used by one thread, and need not be closed. */
    interface Channel {
        /** The session; to be checked before each command. */
        AccountSession login();

        /** The command line; null for an interactive shell. */
        @Nullable
        String command();

        /** The client's terminal type, as in {@code TERM}; null if the client requested no terminal. */
        @Nullable
        String terminal();

        /** The client's input; reading blocks. */
        InputStream input();

        /**
         * The output. Writing blocks while the client does not read; written bytes are sent when the stream is flushed.
         */
        OutputStream output();

        /** The error output, flushed after every write. With a terminal, the same as the output. */
        OutputStream errors();

        /** The width of the terminal in characters; 0 if not known. */
        int columns();

        /** The height of the terminal in lines; 0 if not known. */
        int rows();

        /** Sets an action that runs whenever the size of the terminal changes; it must not block. */
        void onResize(Runnable action);

        /** Sets an action that runs when the client asks to interrupt the command; it must not block. */
        void onInterrupt(Runnable action);

        /** Sets an action that runs when the client leaves, or at once if it has left; it must not block. */
        void onGone(Runnable action);

        /** Sets whether the channel works for the client rather than waiting for input; a busy channel is not idle. */
        void setBusy(boolean busy);
    }
}
