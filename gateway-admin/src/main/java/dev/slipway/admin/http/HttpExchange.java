package dev.slipway.admin.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
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
     * Sends a response. Does not wait until it is read.
     *
     * @param body may be empty; of an answer to HEAD only its length is sent
     */
    void answer(int status, Map<String, String> headers, byte[] body);

    /**
     * Starts a response of unknown length. Writing blocks while the client does not read; an interrupt ends that with
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
