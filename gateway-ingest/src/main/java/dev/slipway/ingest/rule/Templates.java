package dev.slipway.ingest.rule;

import dev.slipway.core.setting.Problems;
import dev.slipway.ingest.target.KeyTemplate;

/** Checks templates in the settings of steps. */
final class Templates {
    private Templates() {}

    /** Reports a template with an unknown name, or with a brace that has no counterpart. */
    static void check(Problems problems, String setting, String template) {
        try {
            KeyTemplate _ = KeyTemplate.parse(template);
        } catch (IllegalArgumentException e) {
            problems.add(setting, template, "is no template: " + e.getMessage());
        }
    }
}
