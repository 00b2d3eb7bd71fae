package dev.slipway.ingest.rule;

import dev.slipway.core.store.ObjectLabels;
import dev.slipway.transfer.push.NamePattern;
import java.net.URLConnection;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a rule requires of an object itself: its content type, and its tags. Immutable. */
final class ObjectConditions {
    /** What stores say if nobody has named a type. */
    private static final Set<String> UNNAMED = Set.of("", "application/octet-stream", "binary/octet-stream");

    private static final String UNKNOWN = "application/octet-stream";

    private final List<Pattern> contentTypes;
    private final List<String> tags;

    ObjectConditions(RuleSettings rule) {
        contentTypes = rule.contentTypes().stream()
                .map(type -> NamePattern.compile(type.toLowerCase(Locale.ROOT)))
                .toList();
        tags = rule.tags();
    }

    /** Whether a file meets them. */
    enum Answer {
        YES,
        NO,
        /** The object has to be asked. */
        UNKNOWN
    }

    /** Whether tags of objects matter. */
    boolean hasTags() {
        return !tags.isEmpty();
    }

    /**
     * Whether a file meets them.
     *
     * @param given the tags that its pull or watch gives it, such as {@code type=invoice}
     * @param labels what the object says; null if it was not asked yet
     */
    Answer of(String path, List<String> given, @Nullable ObjectLabels labels) {
        List<String> missing = tags.stream().filter(tag -> !given.contains(tag)).toList();
        if (labels == null) {
            return contentTypes.isEmpty() && missing.isEmpty() ? Answer.YES : Answer.UNKNOWN;
        }
        String type = contentType(labels.contentType(), path);
        boolean isType = contentTypes.isEmpty()
                || contentTypes.stream().anyMatch(one -> one.matcher(type).matches());
        return isType && missing.stream().allMatch(tag -> hasTag(labels, tag)) ? Answer.YES : Answer.NO;
    }

    private static boolean hasTag(ObjectLabels labels, String tag) {
        int end = tag.indexOf('=');
        return tag.substring(end + 1).equals(labels.tags().get(tag.substring(0, end)));
    }

    /** The type that the object has; if nobody has named one, the type that follows from the end of its name. */
    static String contentType(@Nullable String stored, String path) {
        String named = stored == null ? "" : stored.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
        if (!UNNAMED.contains(named)) {
            return named;
        }
        String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
        // The table of Java itself: that of the machine would differ between gateways.
        String guessed = URLConnection.getFileNameMap().getContentTypeFor(name.replace('#', '_'));
        return guessed == null ? UNKNOWN : guessed.toLowerCase(Locale.ROOT);
    }
}
