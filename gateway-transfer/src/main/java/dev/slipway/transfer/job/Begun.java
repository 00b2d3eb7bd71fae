package dev.slipway.transfer.job;

/** What is to be done with a job whose turn has come. */
sealed interface Begun {
    /** Nothing now. */
    record Nothing() implements Begun {}

    /** Nothing any more: its time was over. */
    record Over() implements Begun {}

    /**
     * It is this gateway's, to be worked on.
     *
     * @param checkpoint what an earlier attempt has left
     */
    record Work(Job job, String checkpoint) implements Begun {}

    /** It is this gateway's, and what it has left is to be removed. */
    record Discard(Job job, String checkpoint) implements Begun {}

    /** Whether the job stands elsewhere than before. What is cleaned up after has ended, and was told of when it did. */
    default boolean isChange() {
        return switch (this) {
            case Over _, Work _ -> true;
            case Nothing _, Discard _ -> false;
        };
    }
}
