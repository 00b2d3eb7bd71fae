package dev.slipway.transfer.job;

/** What to do with a job that was claimed. */
sealed interface Begun {
    /** Nothing now. */
    record Nothing() implements Begun {}

    /** Nothing: its deadline had passed. */
    record Over() implements Begun {}

    /**
     * This gateway runs it.
     *
     * @param checkpoint the checkpoint of an earlier attempt
     */
    record Work(Job job, String checkpoint) implements Begun {}

    /** This gateway removes its leftovers. */
    record Discard(Job job, String checkpoint) implements Begun {}

    /** Whether the job's state has changed. A job that is only cleaned up has ended and was already reported. */
    default boolean isChange() {
        return switch (this) {
            case Over _, Work _ -> true;
            case Nothing _, Discard _ -> false;
        };
    }
}
