package dev.slipway.core.s3.memory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** What goes wrong with a call. */
public sealed interface Fault {
    /** The store answers with an error, and does nothing. */
    record Refuse(int status, String code) implements Fault {}

    /** The connection breaks before the store has the request. */
    record LoseRequest() implements Fault {}

    /** The store does what it was asked for, and the connection breaks before its answer is there. */
    record LoseAnswer() implements Fault {}

    /**
     * The store does what it was asked for, and answers as if an earlier attempt of the same call had done so, which is what
     * a client sees that repeats a request by itself.
     *
     * @param code such as {@code NoSuchUpload} or {@code PreconditionFailed}
     */
    record AnswerAsRepeated(int status, String code) implements Fault {}

    /** The store does nothing, and its answer has the status 200 with an error in it, as S3's to long operations may. */
    record ErrorInAnswer(String code) implements Fault {}

    /**
     * The connection breaks within the body of a GET.
     *
     * @param bytes so many bytes arrive
     */
    record CutBody(long bytes) implements Fault {}

    /** The request takes some time on its way to the store. */
    record Delay(Duration time) implements Fault {}

    /** The request does not reach the store before this has ended; a failure of it is the call's. */
    record Hold(CompletableFuture<@Nullable Void> gate) implements Fault {}
}
