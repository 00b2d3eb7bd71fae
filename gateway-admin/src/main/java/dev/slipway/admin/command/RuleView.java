package dev.slipway.admin.command;

import dev.slipway.ingest.rule.RuleSettings;
import dev.slipway.ingest.rule.Rules;
import dev.slipway.transfer.json.JsonWords;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Rules as the commands and the API print them in JSON, as {@code openapi.json} describes it. */
@SuppressWarnings("exports") // only Slipway itself uses it
public final class RuleView {
    private RuleView() {}

    /** A rule. Of its steps only what they do: their settings may have secrets. */
    public static Map<String, @Nullable Object> json(RuleSettings rule) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("name", rule.name());
        json.put("accounts", List.copyOf(new TreeSet<>(rule.accounts())));
        json.put("paths", rule.paths());
        json.put("origins", origins(rule));
        json.put("contentTypes", rule.contentTypes());
        json.put("tags", rule.tags());
        json.put(
                "minimumSize",
                rule.minimumSize() == null ? null : (Long) rule.minimumSize().bytes());
        json.put(
                "maximumSize",
                rule.maximumSize() == null ? null : (Long) rule.maximumSize().bytes());
        json.put("steps", steps(rule));
        return json;
    }

    /** What would happen to a file. */
    public static Map<String, @Nullable Object> json(Optional<Rules.Outcome> outcome) {
        Map<String, @Nullable Object> json = new LinkedHashMap<>();
        json.put("rule", outcome.map(Rules.Outcome::rule).orElse(null));
        json.put("steps", outcome.map(Rules.Outcome::steps).orElse(List.of()));
        return json;
    }

    static List<String> origins(RuleSettings rule) {
        return rule.origins().stream().map(JsonWords::of).sorted().toList();
    }

    static List<String> steps(RuleSettings rule) {
        return rule.steps().stream().map(step -> JsonWords.of(step.action())).toList();
    }
}
