package dev.slipway.core.s3.memory;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A failure of a call. */
public sealed interface Fault {
    /** The store returns an error, and does nothing. */
    record Refuse(int status, String code) implements Fault {}

    /** The connection breaks before the store receives the request. */
    record LoseRequest() implements Fault {}

    /** The store performs the request, and the connection breaks before its answer arrives. */
    record LoseAnswer() implements Fault {}

    /**
     * The store performs the request, and answers as if an earlier attempt of the same call had already done so. This
     * is what a client sees that retries by itself.
     *
     * @param code such as {@code NoSuchUpload} or {@code PreconditionFailed}
     */
    record AnswerAsRepeated(int status, String code) implements Fault {}

    /**
     * The store does nothing, and its answer has the status 200 with an error in it, as S3 may answer long operations.
     */
    record ErrorInAnswer(String code) implements Fault {}

    /**
     * The connection breaks within the body of a GET.
     *
     * @param bytes how many bytes arrive
     */
    record CutBody(long bytes) implements Fault {}

    /** The request is delayed on its way to the store. */
    record Delay(Duration time) implements Fault {}

    /** The request does not reach the store until the future has completed; if the future fails, so does the call. */
    record Hold(CompletableFuture<@Nullable Void> gate) implements Fault {}
}
