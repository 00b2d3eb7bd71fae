package dev.slipway.ingest.rule;

import dev.slipway.core.event.Origin;
import dev.slipway.core.store.ObjectLabels;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.push.NamePattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** The rules in their order, and what was done for each. The first one that matches a file takes it. Thread-safe. */
public final class Rules {
    private record Rule(
            RuleSettings settings, List<Pattern> paths, ObjectConditions conditions, RuleCounters counters) {
        boolean matches(ArrivedFile file) {
            return (settings.accounts().isEmpty() || settings.accounts().contains(file.account()))
                    && (paths.isEmpty()
                            || paths.stream()
                                    .anyMatch(one -> one.matcher(file.path()).matches()))
                    && (settings.origins().isEmpty() || settings.origins().contains(file.origin()))
                    && (settings.minimumSize() == null
                            || file.bytes() >= settings.minimumSize().bytes())
                    && (settings.maximumSize() == null
                            || file.bytes() <= settings.maximumSize().bytes());
        }
    }

    private final List<Rule> rules;
    private final Map<String, List<String>> taskTags;

    /** Rules of a gateway whose pulls and watches give no tags. */
    public Rules(List<RuleSettings> settings) {
        this(settings, Map.of());
    }

    /**
     * Rules of a gateway.
     *
     * @param taskTags the tags that pulls and watches give their files, by the accounts that these are uploaded by
     */
    public Rules(List<RuleSettings> settings, Map<String, List<String>> taskTags) {
        this.rules = settings.stream()
                .map(rule -> new Rule(
                        rule,
                        rule.paths().stream().map(NamePattern::compile).toList(),
                        new ObjectConditions(rule),
                        new RuleCounters()))
                .toList();
        this.taskTags = Map.copyOf(taskTags);
    }

    /**
     * A file that came in.
     *
     * @param account the account that has uploaded it
     * @param path as the account sees it
     * @param origin how it came in
     * @param bytes its size
     */
    public record ArrivedFile(String account, String path, Origin origin, long bytes) {}

    /** Which rule takes a file. */
    sealed interface Match {
        /** The first one that matches. */
        record Taken(RuleSettings rule) implements Match {}

        /** It depends on the object's content type or tags, which are not known yet. */
        record Undecided() implements Match {}

        /** No rule matches. */
        record None() implements Match {}
    }

    /**
     * What a rule would do with a file.
     *
     * @param steps what each step does, for people
     */
    public record Outcome(String rule, List<String> steps) {
        public Outcome {
            steps = List.copyOf(steps);
        }
    }

    /** All of them, in their order. */
    public List<RuleSettings> all() {
        return rules.stream().map(Rule::settings).toList();
    }

    /** What this gateway has done for each rule, by its name. */
    public Map<String, RuleCounters> counters() {
        Map<String, RuleCounters> counters = new LinkedHashMap<>();
        rules.forEach(rule -> counters.put(rule.settings().name(), rule.counters()));
        return counters;
    }

    /** Those of one rule. */
    Optional<RuleCounters> counters(String name) {
        return rules.stream()
                .filter(rule -> rule.settings().name().equals(name))
                .map(Rule::counters)
                .findFirst();
    }

    /**
     * Says what would be done with a file that came in now, as far as that does not depend on its contents.
     *
     * @param key its key
     * @param labels what its object would say
     */
    public Optional<Outcome> test(ArrivedFile file, String key, ObjectLabels labels) {
        return match(file, labels) instanceof Match.Taken(RuleSettings rule)
                ? Optional.of(new Outcome(rule.name(), steps(rule, file.account(), key)))
                : Optional.empty();
    }

    private static List<String> steps(RuleSettings rule, String account, String key) {
        List<String> steps = new ArrayList<>();
        String file = key;
        for (StepSettings step : rule.steps()) {
            RuleStep.Forecast forecast =
                    step.step().forecast(new KeyValues(file, rule.name(), account, "JOB", Instant.now()));
            steps.add(forecast.text());
            file = forecast.key();
        }
        return steps;
    }

    /**
     * The rule that would take what a job has stored, if rules took such files. It is left, but whoever has written the
     * rules may not expect that. Rules that depend on the object itself are not considered.
     */
    Optional<String> leaving(RuleRequest request, String bucket, String key) {
        return request.cameBy()
                .flatMap(origin -> request.pathOf(bucket, key)
                        .map(path -> new ArrivedFile(request.account(), path, origin, request.bytes())))
                .flatMap(file -> match(file, null) instanceof Match.Taken(RuleSettings rule)
                        ? Optional.of(rule.name())
                        : Optional.empty());
    }

    boolean isEmpty() {
        return rules.isEmpty();
    }

    /** Whether the tags of objects matter to any rule. */
    boolean hasTags() {
        return rules.stream().anyMatch(rule -> rule.conditions().hasTags());
    }

    /** A rule by its name; empty if the configuration no longer has it. */
    Optional<RuleSettings> find(String name) {
        return rules.stream()
                .map(Rule::settings)
                .filter(rule -> rule.name().equals(name))
                .findFirst();
    }

    /**
     * The rule that takes a file. What rules have stored is taken by none, so that no rule can start itself.
     *
     * @param labels what the object says; null if it was not asked yet
     */
    Match match(ArrivedFile file, @Nullable ObjectLabels labels) {
        if (file.origin() == Origin.RULE) {
            return new Match.None();
        }
        List<String> given = taskTags.getOrDefault(file.account(), List.of());
        for (Rule rule : rules) {
            if (!rule.matches(file)) {
                continue;
            }
            switch (rule.conditions().of(file.path(), given, labels)) {
                case YES -> {
                    return new Match.Taken(rule.settings());
                }
                case UNKNOWN -> {
                    return new Match.Undecided();
                }
                case NO -> {}
            }
        }
        return new Match.None();
    }
}
