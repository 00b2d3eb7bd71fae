package dev.slipway.core.store.s3;

import dev.slipway.core.s3.StorageLocations;
import dev.slipway.core.store.ObjectKey;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Finds the storage policy of a location. */
final class StorageRules implements StorageLocations {
    private final List<StorageRule> longestFirst;

    StorageRules(List<StorageRule> rules) {
        longestFirst = rules.stream()
                .sorted(Comparator.comparingInt(
                                (StorageRule rule) -> rule.prefix().length())
                        .reversed())
                .toList();
    }

    boolean isEmpty() {
        return longestFirst.isEmpty();
    }

    /**
     * The rule for a key, or for all keys with a prefix.
     *
     * @return null if there is none
     */
    @Nullable
    StorageRule find(@Nullable String bucket, String key) {
        for (StorageRule rule : longestFirst) {
            if (rule.bucket().equals(bucket) && key.startsWith(rule.prefix())) {
                return rule;
            }
        }
        return null;
    }

    /** The policy for a key. */
    StoragePolicy of(ObjectKey key) {
        StorageRule rule = find(key.bucket(), key.key());
        return rule == null ? StoragePolicy.NONE : rule.policy();
    }

    /** Whether two keys are in the same bucket and under the same rule, or both under none. */
    @Override
    public boolean isSameLocation(ObjectKey one, ObjectKey other) {
        return one.bucket().equals(other.bucket())
                && Objects.equals(find(one.bucket(), one.key()), find(other.bucket(), other.key()));
    }

    @Override
    public boolean haveSameCredentials(ObjectKey one, ObjectKey other) {
        return Objects.equals(of(one).role(), of(other).role());
    }

    @Override
    public boolean hasOwnClass(ObjectKey key) {
        return of(key).storageClass() != null;
    }
}
