package dev.slipway.admin.http;

import java.io.IOException;

/** Answers requests. */
public interface HttpHandler {
    /**
     * Answers a request, on a virtual thread of its own. May block, and is called for several requests at once.
     *
     * @throws IOException if the client is gone; its connection is closed then
     */
    void handle(HttpExchange exchange) throws IOException;
}
