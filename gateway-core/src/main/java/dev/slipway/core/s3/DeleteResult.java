package dev.slipway.core.s3;

import java.util.List;

/**
 * The result of a request to delete several objects.
 *
 * @param refused the objects that were not deleted; all others were
 */
public record DeleteResult(List<Refusal> refused) {
    /**
     * An object that was not deleted.
     *
     * @param code S3's error code; empty if the store returned none
     */
    public record Refusal(String key, S3Error error, String code, String message) {}

    public DeleteResult {
        refused = List.copyOf(refused);
    }
}
