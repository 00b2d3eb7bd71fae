package dev.slipway.admin.http;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request, and the way back to who has sent it. For one thread at a time. */
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

    /** The client is known: its connection is not closed to make room for another one while this request lasts. */
    void keep();

    /** Whether the request announces a body. */
    boolean hasBody();

    /**
     * The whole body. Blocks until it has arrived, at most for the time that a request may take.
     *
     * @param limit the most bytes
     * @throws BodyTooLargeException it has more
     * @throws BusyException there is no memory for it
     * @throws IOException it did not arrive as a whole, or not in time
     */
    byte[] body(int limit) throws IOException;

    /**
     * Sends an answer. Does not wait until it is read.
     *
     * @param body may be empty; of an answer to HEAD only its length is sent
     */
    void answer(int status, Map<String, String> headers, byte[] body);

    /**
     * Begins an answer whose length is not known. What is written blocks while the client does not read; an interrupt
     * ends that with an {@link java.io.InterruptedIOException}. Closing the stream ends the answer. A stream that was not
     * closed when the handler returns ends with the connection, so that the client sees that something is missing.
     */
    OutputStream stream(int status, Map<String, String> headers);

    /** The bodies of other requests take all memory that there is for them. */
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
