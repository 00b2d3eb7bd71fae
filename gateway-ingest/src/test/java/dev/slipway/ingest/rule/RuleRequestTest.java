package dev.slipway.ingest.rule;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RuleRequestTest {
    /** The mount of the account may have another name than its prefix in the bucket. */
    @ParameterizedTest
    @CsvSource(
            nullValues = "none",
            value = {
                "/a.gz, a.gz, files, a, /a",
                "/in/a.gz, in/a.gz, files, done/a, /done/a",
                "/in/a.gz, anna/in/a.gz, files, anna/out/a, /out/a",
                "/in/a.gz, anna/in/a.gz, files, bert/out/a, none",
                "/in/a.gz, incoming/a.gz, files, incoming/b/a, /in/b/a",
                "/in/a.gz, plain/in/a.gz, other, plain/in/a, none"
            })
    void theAccountsPathOfWhatWasStoredIsKnownInItsMount(
            String path, String key, String bucket, String otherKey, String expected) {
        RuleRequest request = new RuleRequest("arrival", "files", key, "", "anna", 0, path, "SFTP", 1, 0);

        assertThat(request.pathOf(bucket, otherKey).orElse(null)).isEqualTo(expected);
    }
}
