package dev.slipway.ingest.rule;

import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.CheckedSettings;
import dev.slipway.core.setting.Problems;
import dev.slipway.core.setting.Setting;
import dev.slipway.core.unit.DataSize;
import dev.slipway.ingest.content.ExpansionLimits;
import dev.slipway.ingest.target.RuleTags;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What is done with files that came in. */
public record RuleSettings(
        @Setting("Name of the rule: letters, digits, `.`, `-` and `_`.")
        String name,

        @Setting("Accounts whose uploads it takes; those of a pull or watch are `pull:NAME` and `watch:NAME`. Without"
                + " any, all.")
        Set<String> accounts,

        @Setting("Patterns of paths, as the account sees them: `*` and `?` within a segment, `**` across segments."
                + " Without any, all.")
        List<String> paths,

        @Setting("How files came in, any of: `ftps`, `sftp` (also SCP), `http`, `pull`, `watch`. Without any, all.")
        Set<Origin> origins,

        @Setting("Content types, such as `text/*`. Compared is the type that the object has in the store; if nobody has"
                + " named one, the type that follows from the end of the file's name, such as `text/csv` of `.csv`."
                + " Without any, all.")
        List<String> contentTypes,

        @Setting(
                "Tags that the file must have, all of them, such as `type=invoice`: of its object in S3, or the `ruleTags`"
                        + " of the pull or watch that has stored it.")
        List<String> tags,

        @Setting("Only files of at least this size.") @Nullable
        DataSize minimumSize,

        @Setting("Only files of at most this size.") @Nullable
        DataSize maximumSize,

        ExpansionLimits limits,

        List<StepSettings> steps)
        implements CheckedSettings {
    public RuleSettings {
        accounts = Set.copyOf(accounts);
        paths = List.copyOf(paths);
        origins = Set.copyOf(origins);
        contentTypes = List.copyOf(contentTypes);
        tags = List.copyOf(tags);
        steps = List.copyOf(steps);
    }

    @Override
    public void check(Problems problems) {
        if (!name.matches("[A-Za-z0-9._-]{1,64}")) {
            problems.add("name", name, "must be 1 to 64 letters, digits, '.', '-' and '_'");
        }
        if (origins.contains(Origin.RULE)) {
            problems.add("origins", "rule", "cannot be rule: no rule takes what rules have stored");
        }
        if (origins.contains(Origin.RETENTION)) {
            problems.add("origins", "retention", "cannot be retention: it stores no files");
        }
        for (int i = 0; i < contentTypes.size(); i++) {
            if (!contentTypes.get(i).matches("[^/;\\s]+/[^/;\\s]+")) {
                problems.add(
                        "contentTypes[" + i + "]",
                        contentTypes.get(i),
                        "must be a content type, such as text/* or text/csv");
            }
        }
        RuleTags.check(problems, "tags", tags);
        if (steps.isEmpty()) {
            problems.add("steps", null, "must have at least one step");
        }
        for (int i = 0; i < steps.size() - 1; i++) {
            if (steps.get(i).step().isLast()) {
                problems.add(
                        "steps[" + i + "].action", steps.get(i).action(), "must be the last step: it leaves no file");
            }
        }
        checkMembers(problems);
    }

    /** One archive within another, each with thousands of files, would be millions of jobs. */
    private void checkMembers(Problems problems) {
        boolean isFirst = true;
        for (int i = 0; i < steps.size(); i++) {
            if (!Boolean.TRUE.equals(steps.get(i).each())) {
                continue;
            }
            if (i == steps.size() - 1) {
                problems.add("steps[" + i + "].each", true, "needs a step after it");
            }
            if (!isFirst) {
                problems.add("steps[" + i + "].each", true, "can be set for one step of a rule only");
            }
            isFirst = false;
        }
    }
}
