package dev.slipway.testing;

/** What a {@link FaultProxy} does to a request instead of passing it on. */
public sealed interface RequestFault {

    /**
     * Answers in the server's place, once the request has come in whole; the server never sees it.
     *
     * @param status the HTTP status
     * @param body the response's body, as XML
     */
    record Respond(int status, String body) implements RequestFault {}

    /** Resets the connection as soon as the request's head is there; the server never sees it. */
    record Reset() implements RequestFault {}

    /**
     * Passes the request to the server with one byte of its body changed: the network, or a machine on the way, has damaged it.
     *
     * @param offset which one, at least 0
     */
    record Damage(long offset) implements RequestFault {}

    /** Takes the request and never answers; the server never sees it. */
    record Hang() implements RequestFault {}

    /**
     * Passes the request to the server, which acts on it, but resets the connection after so much of the reply. Zero
     * bytes is a lost reply: the client cannot know what happened.
     *
     * @param bytes how much of the reply is passed, its head included; at least 0
     */
    record CutReply(long bytes) implements RequestFault {}

    /**
     * Passes the request to the server, which acts on it, but after so much of the reply nothing comes any more.
     *
     * @param bytes how much of the reply is passed, its head included; at least 0
     */
    record StallReply(long bytes) implements RequestFault {}

    /** S3's "please reduce your request rate", which clients are expected to retry. */
    static RequestFault slowDown() {
        return new Respond(
                503, "<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>");
    }

    /** The request is carried out and its reply is lost. */
    static RequestFault loseReply() {
        return new CutReply(0);
    }
}
