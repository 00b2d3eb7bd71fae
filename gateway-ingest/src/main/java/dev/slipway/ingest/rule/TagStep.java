package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.core.store.ObjectKey;
import dev.slipway.core.store.StoreException;
import dev.slipway.ingest.target.KeyTemplate;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.job.JobException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Adds tags to the object of the file, or replaces those of the same key. S3 allows 10 for each object. */
final class TagStep implements RuleStep {
    /** Limits of S3 (Amazon S3 User Guide, categorizing your storage using tags). */
    private static final int MOST = 10;

    private static final int LONGEST_KEY = 128;
    private static final int LONGEST_VALUE = 256;

    private final List<String> tags;

    TagStep(StepSettings settings) {
        tags = settings.tags();
    }

    @Override
    public Set<String> settings() {
        return Set.of("tags");
    }

    @Override
    public void check(Problems problems) {
        if (tags.isEmpty() || tags.size() > MOST) {
            problems.add(
                    "tags", tags.isEmpty() ? null : tags.size(), "must be 1 to " + MOST + " tags such as type=invoice");
        }
        Set<String> keys = new HashSet<>();
        for (int i = 0; i < tags.size(); i++) {
            String name = "tags[" + i + "]";
            int end = tags.get(i).indexOf('=');
            if (end < 1 || end > LONGEST_KEY) {
                problems.add(
                        name,
                        tags.get(i),
                        "must be KEY=VALUE, with a key of 1 to " + LONGEST_KEY + " characters and a value that may be a"
                                + " template");
                continue;
            }
            if (!keys.add(tags.get(i).substring(0, end))) {
                problems.add(name, tags.get(i), "has the key of another tag of the step");
            }
            Templates.check(problems, name, tags.get(i).substring(end + 1));
        }
    }

    private Map<String, String> expand(KeyValues file) {
        Map<String, String> expanded = new LinkedHashMap<>();
        for (String tag : tags) {
            int end = tag.indexOf('=');
            expanded.put(
                    tag.substring(0, end),
                    KeyTemplate.parse(tag.substring(end + 1)).expand(file));
        }
        return expanded;
    }

    @Override
    public Forecast forecast(KeyValues file) {
        List<String> shown = new ArrayList<>();
        expand(file).forEach((key, value) -> shown.add(key + "=" + value));
        return new Forecast("tag with " + String.join(", ", shown), file.path());
    }

    @Override
    public StepResult run(StepRun run) throws StoreException, JobException {
        run.phase("tagging");
        Map<String, String> wanted = expand(run.values());
        for (Map.Entry<String, String> tag : wanted.entrySet()) {
            if (tag.getValue().length() > LONGEST_VALUE) {
                throw JobException.permanent(run.where() + "the value of the tag " + tag.getKey() + " would have "
                        + tag.getValue().length() + " characters; S3 allows " + LONGEST_VALUE);
            }
        }
        run.services()
                .tags()
                .addTags(new ObjectKey(run.progress().bucket(), run.progress().key()), wanted);
        return new StepResult.Done(run.progress().next());
    }
}
