package dev.slipway.admin.management;

import dev.slipway.core.FieldProblem;
import dev.slipway.transfer.json.Expected;
import dev.slipway.transfer.push.PushOrder;
import dev.slipway.transfer.remote.TransferMode;
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
        @Nullable TransferMode mode,
        int priority,
        @Nullable Instant deadline,
        @Nullable String correlation,
        @Nullable String id) {
    private static final String ID = "[A-Za-z0-9][A-Za-z0-9._-]{0,63}";
    private static final int HIGHEST_PRIORITY = 100;

    /** Every problem of what can be said without looking anything up; empty if there is none. */
    List<FieldProblem> problems() {
        List<FieldProblem> problems = new ArrayList<>();
        if (priority < -HIGHEST_PRIORITY || priority > HIGHEST_PRIORITY) {
            problems.add(new FieldProblem(
                    "priority",
                    "it is " + priority,
                    "a whole number from " + -HIGHEST_PRIORITY + " to " + HIGHEST_PRIORITY));
        }
        if (id != null && !id.matches(ID)) {
            problems.add(new FieldProblem(
                    "id", "it has invalid characters or is too long", "letters, digits and . _ - , at most 64"));
        }
        return problems;
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
                .mode(mode)
                .priority(priority)
                .deadline(deadline)
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
