package dev.slipway.app.config;

import dev.slipway.core.setting.Problem;
import java.util.List;
import java.util.stream.Collectors;

/** The configuration is invalid. The message lists every problem, with secrets redacted. */
public class ConfigurationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** @param problems at least one */
    public ConfigurationException(List<Problem> problems) {
        super(problems.stream()
                .map(problem -> "  - " + problem)
                .collect(Collectors.joining(
                        "\n",
                        problems.size() == 1
                                ? "The configuration has 1 problem:\n"
                                : "The configuration has " + problems.size() + " problems:\n",
                        "")));
        this.problems = List.copyOf(problems);
    }

    /** Every problem: those within sections first, then those between sections, each in the order of the settings. */
    public List<Problem> problems() {
        return problems;
    }
}
