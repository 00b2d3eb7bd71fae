package dev.slipway.ingest.rule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.ObjectLabels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rules that ask for the content type and the tags of an object. */
class ObjectConditionsTest {
    private static RuleSettings rule(String name, String... more) {
        SettingsBuilder<RuleSettings> rule =
                new SettingsBuilder<>(RuleSettings.class).set("name", name).set("steps[0].action", "delete");
        for (int i = 0; i < more.length; i += 2) {
            rule.set(more[i], more[i + 1]);
        }
        return rule.build();
    }

    private static Optional<String> taken(Rules rules, String account, String path, ObjectLabels labels) {
        return rules.test(new Rules.ArrivedFile(account, path, Origin.SFTP, 10), path.substring(1), labels)
                .map(Rules.Outcome::rule);
    }

    private static ObjectLabels labels(String contentType) {
        return new ObjectLabels("", contentType, Map.of());
    }

    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "text/csv; charset=utf-8, /a.bin, text/csv",
                "Image/PNG, /a.csv, image/png",
                "binary/octet-stream, /in/a.CSV, text/csv",
                "application/octet-stream, /a#b.json, application/json",
                "none, /in.csv/a, application/octet-stream"
            })
    void theTypeOfTheNameCountsIfNobodyHasNamedOne(String stored, String path, String expected) {
        assertThat(ObjectConditions.contentType(stored, path)).isEqualTo(expected);
    }

    @Test
    void aRuleTakesContentTypesByPattern() {
        Rules rules = new Rules(List.of(rule("texts", "contentTypes", "text/*"), rule("rest")));

        assertThat(taken(rules, "anna", "/a.csv", labels("binary/octet-stream")))
                .contains("texts");
        assertThat(taken(rules, "anna", "/a", labels("text/plain"))).contains("texts");
        assertThat(taken(rules, "anna", "/a.csv", labels("image/png"))).contains("rest");
    }

    @Test
    void aFileNeedsAllTagsAndItsWatchMayGiveThem() {
        Rules rules = new Rules(
                List.of(rule("invoices", "tags", "type=invoice, country=de")),
                Map.of("watch:scans", List.of("type=invoice")));
        ObjectLabels german = new ObjectLabels("", null, Map.of("country", "de"));
        ObjectLabels both = new ObjectLabels("", null, Map.of("country", "de", "type", "invoice", "more", "x"));
        ObjectLabels other = new ObjectLabels("", null, Map.of("country", "at", "type", "invoice"));

        assertThat(taken(rules, "anna", "/a", german)).isEmpty();
        assertThat(taken(rules, "anna", "/a", both)).contains("invoices");
        assertThat(taken(rules, "anna", "/a", other)).isEmpty();
        assertThat(taken(rules, "watch:scans", "/a", german)).contains("invoices");
    }

    /** The transaction of an upload must not wait for the store. */
    @Test
    void theObjectIsAskedOnlyIfTheAnswerMatters() {
        Rules rules = new Rules(
                List.of(
                        rule("first", "paths", "/first/**"),
                        rule("invoices", "paths", "/in/**", "tags", "type=invoice"),
                        rule("texts", "paths", "/in/**", "contentTypes", "text/*")),
                Map.of("watch:scans", List.of("type=invoice")));

        assertThat(match(rules, "anna", "/first/a")).isInstanceOf(Rules.Match.Taken.class);
        assertThat(match(rules, "anna", "/in/a")).isInstanceOf(Rules.Match.Undecided.class);
        assertThat(match(rules, "anna", "/other/a")).isInstanceOf(Rules.Match.None.class);
        assertThat(match(rules, "watch:scans", "/in/a")).isInstanceOf(Rules.Match.Taken.class);
    }

    private static Rules.Match match(Rules rules, String account, String path) {
        return rules.match(new Rules.ArrivedFile(account, path, Origin.SFTP, 10), null);
    }
}
