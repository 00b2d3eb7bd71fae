package dev.slipway.conformance;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * A client of one protocol, which logs in when it has to. Its operations throw {@link RefusedException} when the gateway has
 * refused, and {@link IOException} when there was no answer; whoever gets the latter should {@link #drop}. For one thread,
 * except that another one may drop it.
 */
interface FileClient extends AutoCloseable {
    /** Logs in if the client has no connection. */
    void connect() throws IOException, RefusedException;

    /**
     * Uploads a file.
     *
     * @throws IOException also if the client itself has cut the connection
     */
    void upload(String path, byte[] content, Upload how) throws IOException, RefusedException;

    /** Downloads a file. */
    byte[] download(String path) throws IOException, RefusedException;

    /** Looks at a path; empty if nothing is there. */
    Optional<Entry> stat(String path) throws IOException, RefusedException;

    /** The entries of a directory, by name. */
    Map<String, Entry> list(String path) throws IOException, RefusedException;

    void mkdir(String path) throws IOException, RefusedException;

    void rmdir(String path) throws IOException, RefusedException;

    void delete(String path) throws IOException, RefusedException;

    /** Renames a file, in the place of one that may be there, or a directory. */
    void rename(String from, String to) throws IOException, RefusedException;

    /** Cuts the connection, as a network does that breaks. */
    void drop();

    /** Ends the connection in good order. */
    @Override
    void close();
}
