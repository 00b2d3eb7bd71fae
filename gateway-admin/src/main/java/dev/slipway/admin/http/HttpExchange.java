package dev.slipway.admin.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request and its response. For one thread at a time. */
public interface HttpExchange {
    String method();

    /** The path as it was sent, percent-encoded. It begins with a slash. */
    String path();

    /** What follows the question mark, as it was sent; null if there is none. */
    @Nullable
    String query();

    /** The first header of a name; null if there is none. */
    @Nullable
    String header(String name);

    /** All headers of a name, in their order. */
    List<String> headers(String name);

    /** Where the connection comes from. */
    InetAddress peer();

    /** The client is authenticated: its connection is not closed to make room for others during this request. */
    void keep();

    /** Whether the request announces a body. */
    boolean hasBody();

    /**
     * The whole body. Blocks until it has arrived, at most for the request timeout.
     *
     * @param limit the most bytes
     * @throws BodyTooLargeException it has more
     * @throws BusyException there is no memory for it
     * @throws IOException it did not arrive completely, or not in time
     */
    byte[] body(int limit) throws IOException;

    /**
     * The body, piece by piece, for bodies of any length. From this call on, the client has no deadline for the whole of it,
     * but must not be silent for longer than {@link HttpSettings#answerTimeout} while a piece is awaited. Nothing is read
     * from the connection ahead of that, except for what fits into the memory that this reserves.
     *
     * @throws BusyException there is no memory for it
     * @throws IOException the client is gone
     */
    Content receive() throws IOException;

    /** A body that arrives piece by piece. For one thread at a time; ends with the exchange. */
    interface Content {
        /** The length that the client has announced, in bytes; -1 if it has not. */
        long length();

        /**
         * Returns the next bytes; blocks until some have arrived.
         *
         * @return belongs to this body, and is valid until the next call; null after the last byte of a body that has
         *     arrived completely
         * @throws IOException it did not arrive completely, or not in time
         */
        @Nullable
        ByteBuffer next() throws IOException;
    }

    /**
     * Sends a response. Does not wait until it is read.
     *
     * @param body may be empty; of an answer to HEAD only its length is sent
     */
    void answer(int status, Map<String, String> headers, byte[] body);

    /**
     * Starts a response of unknown length, or of that in its header {@code Content-Length}. Writing blocks while the client does not read; an interrupt ends that with
     * an {@link java.io.InterruptedIOException}. Closing the stream ends the response. If the stream was not closed
     * when the handler returns, the connection is closed, so that the client notices the missing end.
     */
    OutputStream stream(int status, Map<String, String> headers);

    /** The memory for request bodies is used up. */
    final class BusyException extends IOException {
        private static final long serialVersionUID = 1L;

        BusyException() {
            super("too many requests are in progress");
        }
    }

    /** A body has more bytes than may be sent. */
    final class BodyTooLargeException extends IOException {
        private static final long serialVersionUID = 1L;

        BodyTooLargeException(int limit) {
            super("the body has more than " + limit + " bytes");
        }
    }
}
