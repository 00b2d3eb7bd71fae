package dev.slipway.testing;

/** What a {@link FaultProxy} does with a request instead of passing it on. */
public sealed interface RequestFault {

    /**
     * Answers in the server's place, once the request has arrived completely; the server never sees it.
     *
     * @param status the HTTP status
     * @param body the response's body, as XML
     */
    record Respond(int status, String body) implements RequestFault {}

    /** Resets the connection when the request's head has arrived; the server never sees it. */
    record Reset() implements RequestFault {}

    /**
     * Passes the request to the server with one byte of its body changed, as if it were damaged in transit.
     *
     * @param offset the offset of that byte, at least 0
     */
    record Damage(long offset) implements RequestFault {}

    /** Accepts the request and never answers; the server never sees it. */
    record Hang() implements RequestFault {}

    /**
     * Passes the request to the server, which performs it, but resets the connection after a part of the answer. With
     * zero bytes the answer is lost: the client cannot know what happened.
     *
     * @param bytes how much of the answer is passed, its head included; at least 0
     */
    record CutReply(long bytes) implements RequestFault {}

    /**
     * Passes the request to the server, which performs it, but stalls after a part of the answer.
     *
     * @param bytes how much of the answer is passed, its head included; at least 0
     */
    record StallReply(long bytes) implements RequestFault {}

    /** S3's "please reduce your request rate", after which clients are expected to retry. */
    static RequestFault slowDown() {
        return new Respond(
                503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
    }

    /** The request is performed and its answer is lost. */
    static RequestFault loseReply() {
        return new CutReply(0);
    }
}
