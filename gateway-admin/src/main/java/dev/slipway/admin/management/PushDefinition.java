package dev.slipway.admin.management;

import dev.slipway.core.FieldProblem;
import dev.slipway.core.unit.Durations;
import dev.slipway.transfer.job.Retries;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.TransferMode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * An order for a push, as somebody specifies it. {@link PushOrder} describes the components.
 *
 * @param source of an account that pushes its own files an absolute path as it sees it
 * @param priority -100 to 100
 * @param attempts at least 1; null for the number of the settings
 * @param firstPause at least a second; null for that of the settings
 * @param longestPause likewise
 * @param correlation the submitter's own id; null for none
 * @param id letters, digits and {@code . _ -}, at most 64, a letter or digit first; null for a random one
 */
public record PushDefinition(
        @Expected("BUCKET:KEY, BUCKET:PREFIX/, ACCOUNT@/PATH or a URL")
        String source,

        @Nullable String versionId,
        Map<String, String> headers,
        @Expected("REMOTE:/PATH") String destination,
        List<String> include,
        List<String> exclude,
        boolean newer,
        boolean overwrite,
        boolean makeFolders,
        boolean allowEmpty,
        @Nullable TransferMode mode,
        int priority,
        @Nullable Instant deadline,
        @Nullable Integer attempts,
        @Nullable Duration firstPause,
        @Nullable Duration longestPause,
        @Nullable String correlation,
        @Nullable String id) {
    private static final String ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final int HIGHEST_PRIORITY = 100;
    private static final int MOST_ATTEMPTS = 1000;
    private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
    private static final Duration LONGEST_PAUSE = Duration.ofDays(1);

    /** Every problem of what can be said without looking anything up; empty if there is none. */
    List<FieldProblem> problems() {
        List<FieldProblem> problems = new ArrayList<>();
        if (priority < -HIGHEST_PRIORITY || priority > HIGHEST_PRIORITY) {
            problems.add(new FieldProblem(
                    "priority",
                    "it is " + priority,
                    "a whole number from " + -HIGHEST_PRIORITY + " to " + HIGHEST_PRIORITY));
        }
        if (attempts != null && (attempts < 1 || attempts > MOST_ATTEMPTS)) {
            problems.add(
                    new FieldProblem("attempts", "it is " + attempts, "a whole number from 1 to " + MOST_ATTEMPTS));
        }
        check(problems, "firstPause", firstPause);
        check(problems, "longestPause", longestPause);
        if (id != null && !id.matches(ID)) {
            problems.add(new FieldProblem(
                    "id", "it has invalid characters or is too long", "letters, digits and . _ - , at most 64"));
        }
        return problems;
    }

    private static void check(List<FieldProblem> problems, String field, @Nullable Duration pause) {
        if (pause != null && (pause.compareTo(SHORTEST_PAUSE) < 0 || pause.compareTo(LONGEST_PAUSE) > 0)) {
            problems.add(new FieldProblem(field, "it is " + Durations.format(pause), "a duration from 1s to 24h"));
        }
    }

    /** The order for a source that may have been written otherwise. */
    PushOrder order(String from, Principal principal) {
        return PushOrder.builder(from, destination, principal.name())
                .versionId(versionId)
                .headers(headers)
                .include(include)
                .exclude(exclude)
                .newer(newer)
                .overwrite(overwrite)
                .makeFolders(makeFolders)
                .allowEmpty(allowEmpty)
                .mode(mode)
                .priority(priority)
                .deadline(deadline)
                .retries(new Retries(attempts, firstPause, longestPause))
                .correlation(Objects.requireNonNullElse(correlation, ""))
                .id(id)
                .authority(principal.authority())
                .build();
    }

    /** Without possible secrets: the source may be a signed URL. */
    @Override
    public String toString() {
        return "push to " + destination;
    }
}
