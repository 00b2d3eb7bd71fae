package dev.slipway.core.s3;

import java.util.List;

/**
 * What became of a request to delete several objects.
 *
 * @param refused those that were not deleted; all others are gone
 */
public record DeleteResult(List<Refusal> refused) {
    /**
     * An object that was not deleted.
     *
     * @param code S3's code of the error; empty where the store gave none
     */
    public record Refusal(String key, S3Error error, String code, String message) {}

    public DeleteResult {
        refused = List.copyOf(refused);
    }
}
