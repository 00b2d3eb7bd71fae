package dev.slipway.admin.http;

import java.io.IOException;

/** Answers requests. */
public interface HttpHandler {
    /**
     * Handles a request on its own virtual thread. May block; called for several requests at once.
     *
     * @throws IOException if the client is gone; its connection is closed then
     */
    void handle(HttpExchange exchange) throws IOException;
}
