package dev.slipway.core.operator;

import dev.slipway.core.account.AccountSession;
import java.io.InputStream;
import java.io.OutputStream;
import org.jspecify.annotations.Nullable;

/**
 * What accounts with the option {@code ADMIN} get for a shell, and for commands that are neither scp nor a checksum. Called
 * for several channels at once, each on a thread of its own that may block.
 */
public interface OperatorShell {
    /**
     * Serves a channel until its client leaves, or the command has ended.
     *
     * @return the exit status, 0 to 255
     */
    int serve(Channel channel);

    /** One channel of a session. Its streams are for one thread each, and need not be closed. */
    interface Channel {
        /** Who it is; to be asked at each command whether it still may. */
        AccountSession login();

        /** The command line; null for an interactive shell. */
        @Nullable
        String command();

        /** The kind of the client's terminal, as {@code TERM} has it; null if the client asked for none. */
        @Nullable
        String terminal();

        /** What is typed; reading blocks. */
        InputStream input();

        /** Writing blocks while the client does not read, and does not reach it before the stream is flushed. */
        OutputStream output();

        /** Likewise; every write is flushed. With a terminal, the same as the output. */
        OutputStream errors();

        /** Characters in a line of the terminal; 0 if that is not known. */
        int columns();

        /** Lines of the terminal; 0 if that is not known. */
        int rows();

        /** Has something done, which must not block, whenever the size of the terminal has changed. */
        void onResize(Runnable action);

        /** Has something done, which must not block, when the client asks to interrupt the command. */
        void onInterrupt(Runnable action);

        /** Has something done, which must not block, when the client is gone; at once if it is. */
        void onGone(Runnable action);

        /** Whether something is being done for the client, rather than waiting for what it types next: not idle, then. */
        void setBusy(boolean busy);
    }
}
