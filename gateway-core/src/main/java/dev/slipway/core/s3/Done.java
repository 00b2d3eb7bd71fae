package dev.slipway.core.s3;

/** The result of a request that the store only confirms. */
public enum Done {
    DONE
}
