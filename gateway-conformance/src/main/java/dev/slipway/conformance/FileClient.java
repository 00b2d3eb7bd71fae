package dev.slipway.conformance;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/**
 * A client of one protocol, which logs in when necessary. Its operations throw {@link RefusedException} if the gateway
 * refused, and {@link IOException} if there was no answer; after the latter, callers should {@link #drop} the
 * connection. For one thread, except that another one may drop the connection.
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

    /** Returns the attributes of a path; empty if nothing is there. */
    Optional<Entry> stat(String path) throws IOException, RefusedException;

    /** Lists a directory, by name. */
    Map<String, Entry> list(String path) throws IOException, RefusedException;

    void mkdir(String path) throws IOException, RefusedException;

    void rmdir(String path) throws IOException, RefusedException;

    void delete(String path) throws IOException, RefusedException;

    /** Renames a file, replacing an existing one, or renames a directory. */
    void rename(String from, String to) throws IOException, RefusedException;

    /** Cuts the connection, as a network failure would. */
    void drop();

    /** Ends the connection normally. */
    @Override
    void close();
}
