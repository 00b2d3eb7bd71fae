package dev.slipway.app.model;

import java.io.IOException;

/** A client of one protocol, which connects when it has to. For one thread. */
interface FileClient extends AutoCloseable {
    /**
     * Does a step that is about files.
     *
     * @param step its paths are the server's
     * @param content the bytes that an upload sends
     * @param disturbance what is done to the gateway once the bytes of an upload that will not end were taken
     * @return what a client learns, as {@link Answers} has it
     * @throws RefusedException with the protocol's code
     * @throws IOException if there is no answer
     */
    String perform(Step step, byte[] content, Disturbance disturbance) throws IOException, RefusedException;

    /** What happens in the middle of an upload. */
    @FunctionalInterface
    interface Disturbance {
        void run() throws IOException;
    }

    /** Lets go of the connection without a word, as a network does that breaks. */
    void drop();

    /** Closes the connection gracefully. */
    @Override
    void close();
}
