package dev.slipway.ingest.rule;

import dev.slipway.core.event.Origin;
import dev.slipway.ingest.target.KeyValues;
import dev.slipway.transfer.push.NamePattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The rules in their order. The first one that matches a file takes it. Immutable. */
public final class Rules {
    private record Rule(RuleSettings settings, List<Pattern> paths) {
        boolean matches(String account, String path, Origin origin, long size) {
            return (settings.accounts().isEmpty() || settings.accounts().contains(account))
                    && (paths.isEmpty()
                            || paths.stream().anyMatch(one -> one.matcher(path).matches()))
                    && (settings.origins().isEmpty() || settings.origins().contains(origin))
                    && (settings.minimumSize() == null
                            || size >= settings.minimumSize().bytes())
                    && (settings.maximumSize() == null
                            || size <= settings.maximumSize().bytes());
        }
    }

    private final List<Rule> rules;

    public Rules(List<RuleSettings> settings) {
        this.rules = settings.stream()
                .map(rule -> new Rule(
                        rule, rule.paths().stream().map(NamePattern::compile).toList()))
                .toList();
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

    /**
     * Says what would be done with a file that came in now, as far as that does not depend on its contents.
     *
     * @param path as the account sees it
     * @param key its key
     */
    public Optional<Outcome> test(String account, String path, String key, Origin origin, long size) {
        return match(account, path, origin, size).map(rule -> new Outcome(rule.name(), steps(rule, account, key)));
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
     * rules may not expect that.
     */
    Optional<String> leaving(RuleRequest request, String bucket, String key) {
        return request.cameBy()
                .flatMap(origin -> request.pathOf(bucket, key)
                        .flatMap(path -> match(request.account(), path, origin, request.bytes())))
                .map(RuleSettings::name);
    }

    boolean isEmpty() {
        return rules.isEmpty();
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
     * @param path as the account sees it
     * @param size in bytes
     */
    public Optional<RuleSettings> match(String account, String path, Origin origin, long size) {
        return origin == Origin.RULE
                ? Optional.empty()
                : rules.stream()
                        .filter(rule -> rule.matches(account, path, origin, size))
                        .map(Rule::settings)
                        .findFirst();
    }
}
