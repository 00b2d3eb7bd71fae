package dev.slipway.transfer.job;

/** How many jobs may use a resource at once, on all gateways together. */
@FunctionalInterface
public interface ResourceLimits {
    /**
     * The present limit of a resource, at least 1. May block, and may use the same database. A change of the limit takes
     * effect within seconds. If this fails, the resource is used by one job at a time.
     */
    int limit(Resource resource);
}
