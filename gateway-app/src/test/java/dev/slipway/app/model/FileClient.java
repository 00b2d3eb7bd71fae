package dev.slipway.app.model;

import java.io.IOException;

/** A client of one protocol, which connects when necessary. For one thread. */
interface FileClient extends AutoCloseable {
    /**
     * Performs a step on files.
     *
     * @param step its paths are the server's
     * @param content the bytes that an upload sends
     * @param disturbance what happens to the gateway once it has received the bytes of an upload that will not end
     * @return the answer, in the notation of {@link Answers}
     * @throws RefusedException with the protocol's code
     * @throws IOException if there is no answer
     */
    String perform(Step step, byte[] content, Disturbance disturbance) throws IOException, RefusedException;

    /** A disturbance in the middle of an upload. */
    @FunctionalInterface
    interface Disturbance {
        void run() throws IOException;
    }

    /** Drops the connection silently, as a network failure would. */
    void drop();

    /** Closes the connection gracefully. */
    @Override
    void close();
}
