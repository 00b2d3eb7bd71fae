package dev.slipway.core.s3;

/** The answer to a request that the store confirms and says no more about. */
public enum Done {
    DONE
}
