package dev.slipway.transfer.remote;

/**
 * Something that pushes need, as a test of a remote has found it.
 *
 * @param name what was tested, in a word or two; a folder by its path
 * @param result how it went
 * @param detail what was found, for people
 */
public record RemoteCheck(String name, Result result, String detail) {
    /** How a check went. */
    public enum Result {
        /** It works. */
        WORKS,
        /** Pushes work without it, but slower, or with less certainty. */
        LIMITED,
        /** Pushes fail. */
        FAILS
    }
}
