package dev.slipway.ingest.target;

import dev.slipway.core.setting.Problems;
import java.util.List;

/** Checks tags that rules compare. */
public final class RuleTags {
    /** Limits of S3 for a key and a value (Amazon S3 User Guide, categorizing your storage using tags). */
    private static final String TAG = "(?s)[^=]{1,128}=.{0,256}";

    private RuleTags() {}

    /** Reports those that are not {@code KEY=VALUE}. */
    public static void check(Problems problems, String setting, List<String> tags) {
        for (int i = 0; i < tags.size(); i++) {
            if (!isTag(tags.get(i))) {
                problems.add(setting + "[" + i + "]", tags.get(i), "must be KEY=VALUE, such as type=invoice");
            }
        }
    }

    /** Whether a text is {@code KEY=VALUE}, with a key of 1 to 128 and a value of at most 256 characters. */
    public static boolean isTag(String text) {
        return text.matches(TAG);
    }
}
