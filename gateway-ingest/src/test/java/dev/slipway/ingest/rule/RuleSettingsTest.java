package dev.slipway.ingest.rule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.event.Origin;
import dev.slipway.core.setting.SettingsBuilder;
import dev.slipway.core.store.ObjectLabels;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RuleSettingsTest {
    private static SettingsBuilder<RuleSettings> rule() {
        return new SettingsBuilder<>(RuleSettings.class).set("name", "arrival");
    }

    @Test
    void aSettingThatDoesNotFitTheActionIsAMistake() {
        assertThatThrownBy(() -> rule().set("steps[0].action", "move")
                        .set("steps[0].to", "done/{name}")
                        .set("steps[0].keep", "false")
                        .set("steps[1].action", "push")
                        .set("steps[1].to", "vault:/in/")
                        .set("steps[1].bucket", "other")
                        .set("steps[2].action", "delete")
                        .set("steps[2].overwrite", "true")
                        .build())
                .hasMessageContaining(
                        "steps[0].keep is 'false': is no setting of move, which has bucket, overwrite, to")
                .hasMessageContaining("steps[1].bucket is 'other': is no setting of push, which has overwrite, to")
                .hasMessageContaining("steps[2].overwrite is 'true': is no setting of delete, which has none");
    }

    @Test
    void allMistakesOfTheStepsAreReported() {
        assertThatThrownBy(() -> rule().set("steps[0].action", "delete")
                        .set("steps[1].action", "copy")
                        .set("steps[2].action", "move")
                        .set("steps[2].to", "{nothing}")
                        .set("steps[3].action", "push")
                        .set("steps[3].to", "/in/")
                        .set("steps[4].action", "archive")
                        .build())
                .hasMessageContaining("steps[0].action is 'delete': must be the last step")
                .hasMessageContaining("steps[1].to: must say where to")
                .hasMessageContaining("there is no {nothing}")
                .hasMessageContaining("steps[3].to is '/in/': must be REMOTE:/PATH")
                .hasMessageContaining("steps[4].task: must name one of archives");
    }

    @Test
    void mistakesInTagsAndReportsAreReported() {
        assertThatThrownBy(() -> rule().set("steps[0].action", "tag")
                        .set("steps[0].tags", "type, a=1, a=2, b={nothing}")
                        .set("steps[1].action", "tag")
                        .set("steps[2].action", "webhook")
                        .set("steps[2].url", "https://user@hooks.example.com/private")
                        .set("steps[2].secret", "short")
                        .set("steps[2].message", "{name")
                        .set("steps[3].action", "webhook")
                        .build())
                .hasMessageContaining("steps[0].tags[0] is 'type': must be KEY=VALUE")
                .hasMessageContaining("steps[0].tags[2] is 'a=2': has the key of another tag")
                .hasMessageContaining("there is no {nothing}")
                .hasMessageContaining("steps[1].tags: must be 1 to 10 tags")
                .hasMessageContaining("must not contain a user")
                .hasMessageContaining("steps[2].secret is '***': must be whsec_")
                .hasMessageContaining("steps[2].message is '{name': is no template")
                .hasMessageContaining("steps[3].url: must say where to")
                .hasMessageContaining("steps[3].secret: is required")
                .message()
                .doesNotContain("short", "private", "user@");
    }

    @Test
    void mistakesInConditionsAndMembersAreReported() {
        assertThatThrownBy(() -> rule().set("contentTypes", "text, text/csv")
                        .set("tags", "invoice, type=invoice")
                        .set("steps[0].action", "decompress")
                        .set("steps[0].each", "true")
                        .set("steps[1].action", "decompress")
                        .set("steps[1].each", "true")
                        .build())
                .hasMessageContaining("contentTypes[0] is 'text': must be a content type")
                .hasMessageContaining("tags[0] is 'invoice': must be KEY=VALUE")
                .hasMessageContaining("steps[1].each is 'true': needs a step after it")
                .hasMessageContaining("steps[1].each is 'true': can be set for one step of a rule only");
    }

    @Test
    void mistakesInStepsWithOpenPgpAreReported() {
        assertThatThrownBy(() -> rule().set("steps[0].action", "encrypt")
                        .set("steps[0].signers", "partner")
                        .set("steps[1].action", "sign")
                        .set("steps[2].action", "verify")
                        .set("steps[2].keep", "false")
                        .set("steps[3].action", "verify")
                        .set("steps[3].to", "plain/{stem}")
                        .set("steps[3].signers", "partner")
                        .set("steps[3].signature", "{path}.sig")
                        .set("steps[4].action", "decrypt")
                        .set("steps[4].armor", "true")
                        .build())
                .hasMessageContaining("steps[0].signers is '[partner]': is no setting of encrypt")
                .hasMessageContaining("steps[0].recipients: must name at least one of openpgpKeys")
                .hasMessageContaining("steps[1].signer: must name one of openpgpKeys")
                .hasMessageContaining("steps[2].signers: must name at least one of openpgpKeys")
                .hasMessageContaining("steps[2].keep is 'false': requires to")
                .hasMessageContaining("steps[3].signature is '{path}.sig': cannot be used together with to")
                .hasMessageContaining("steps[4].armor is 'true': is no setting of decrypt");
    }

    @Test
    void stepsWithOpenPgpAreForeseen() {
        Rules rules = new Rules(List.of(rule().set("steps[0].action", "verify")
                .set("steps[0].signers", "partner")
                .set("steps[1].action", "encrypt")
                .set("steps[1].recipients", "ours, partner")
                .set("steps[1].signer", "ours")
                .set("steps[2].action", "decrypt")
                .set("steps[2].signers", "ours")
                .set("steps[2].to", "plain/{stem}")
                .set("steps[3].action", "sign")
                .set("steps[3].signer", "ours")
                .set("steps[3].armor", "true")
                .build()));

        Optional<Rules.Outcome> outcome = rules.test(
                new Rules.ArrivedFile("anna", "/in/a.csv", Origin.SFTP, 1000),
                "anna/in/a.csv",
                new ObjectLabels("", null, Map.of()));

        assertThat(outcome.orElseThrow().steps())
                .containsExactly(
                        "verify that it is signed by partner",
                        "encrypt for ours, partner to anna/in/a.csv.pgp, signed by ours",
                        "decrypt to plain/a.csv, if it is signed by ours",
                        "sign by ours to plain/a.csv.asc");
    }

    @Test
    void mistakesInMailAreReported() {
        assertThatThrownBy(() -> rule().set("steps[0].action", "mail")
                        .set("steps[0].recipients", "office@example.com, {account}@example.com x")
                        .set("steps[0].subject", "{nothing}")
                        .set("steps[0].to", "office")
                        .set("steps[1].action", "mail")
                        .build())
                .hasMessageContaining("steps[0].recipients[1] is '{account}@example.com x': must be a mail address")
                .hasMessageContaining("there is no {nothing}")
                .hasMessageContaining(
                        "steps[0].to is 'office': is no setting of mail, which has message, recipients, subject")
                .hasMessageContaining("steps[1].recipients: must be 1 to 50 mail addresses")
                .hasMessageContaining("steps[1].subject: is required");
    }

    @Test
    void theStepsOfAFileAreForeseen() {
        Rules rules = new Rules(List.of(rule().set("steps[0].action", "decompress")
                .set("steps[1].action", "copy")
                .set("steps[1].to", "copies/{name}")
                .set("steps[1].bucket", "other")
                .set("steps[2].action", "move")
                .set("steps[2].to", "done/{account}/{name}")
                .set("steps[3].action", "push")
                .set("steps[3].to", "vault:/{path}")
                .set("steps[4].action", "delete")
                .build()));

        Optional<Rules.Outcome> outcome = rules.test(
                new Rules.ArrivedFile("anna", "/in/a.csv.gz", Origin.SFTP, 1000),
                "anna/in/a.csv.gz",
                new ObjectLabels("", null, Map.of()));

        assertThat(outcome.orElseThrow().steps())
                .containsExactly(
                        "decompress to anna/in/a.csv",
                        "copy to other:copies/a.csv",
                        "move to done/anna/a.csv",
                        "push to vault:/done/anna/a.csv",
                        "delete");
    }
}
