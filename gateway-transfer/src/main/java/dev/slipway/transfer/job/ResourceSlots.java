package dev.slipway.transfer.job;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jdbi.v3.core.Handle;

/** Which job gets a slot of a resource that is at its limit. To be used while the resources are locked. */
final class ResourceSlots {
    private ResourceSlots() {}

    /**
     * Takes a slot of each resource, or of none.
     *
     * @return the first resource that the job has to wait for, if any
     */
    static Optional<Resource> take(Handle handle, JobRow row, Map<Resource, Integer> limits) {
        Optional<Resource> missing = limits.entrySet().stream()
                .filter(limit -> !hasTurn(handle, row, limit.getKey(), limit.getValue()))
                .map(Map.Entry::getKey)
                .findFirst();
        if (missing.isEmpty()) {
            limits.keySet().forEach(resource -> QueueTable.takeSlot(handle, resource, row.id()));
        }
        return missing;
    }

    /** Whether a resource is below its limit, and none of the jobs that wait for that comes first. */
    private static boolean hasTurn(Handle handle, JobRow row, Resource resource, int limit) {
        if (QueueTable.slots(handle, resource) >= limit) {
            return false;
        }
        List<JobRow> waiting = QueueTable.parked(handle, resource, 1);
        return waiting.isEmpty() || !comesBefore(waiting.getFirst(), row);
    }

    private static boolean comesBefore(JobRow one, JobRow other) {
        int priority = one.job().wanted().priority();
        int than = other.job().wanted().priority();
        return priority == than ? one.queue().dueSince().isBefore(other.queue().dueSince()) : priority > than;
    }

    /** Lets as many parked jobs be claimed as the limits allow. */
    static void unpark(Handle handle, Map<Resource, Integer> limits) {
        limits.forEach((resource, limit) -> {
            int free = limit - QueueTable.slots(handle, resource);
            if (free > 0) {
                QueueTable.parked(handle, resource, free).forEach(row -> QueueTable.park(handle, row.id(), null));
            }
        });
    }
}
