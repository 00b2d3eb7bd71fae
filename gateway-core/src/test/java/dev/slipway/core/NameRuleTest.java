package dev.slipway.core;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NameRuleTest {
    @ParameterizedTest
    @CsvSource({
        "ACCOUNT, anna@example.com, true",
        "ACCOUNT, -x, false",
        "ACCOUNT, a/b, false",
        "ACCOUNT, '', false",
        "REMOTE, partner_1.example, true",
        "REMOTE, .., false",
        "REMOTE, -x, false",
        "TOKEN, nightly, true",
        "TOKEN, two words, false",
        "BUCKET, files, true",
        "BUCKET, Old_Bucket, true",
        "BUCKET, ab, false",
        "BUCKET, arn:aws:s3:eu-west-1:123456789012:accesspoint/files, true",
        "BUCKET, ../etc, false",
    })
    void acceptsOnlyValidNames(NameRule rule, String name, boolean valid) {
        assertThat(rule.accepts(name)).isEqualTo(valid);
    }
}
