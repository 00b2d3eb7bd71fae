package dev.slipway.ingest.archive;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.core.setting.SettingsBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ManifestSettingsTest {
    private final SettingsBuilder<ManifestSettings> settings = new SettingsBuilder<>(ManifestSettings.class);

    @Test
    void thereIsNoServerByDefault() {
        assertThat(settings.build().isOn()).isFalse();
        assertThat(settings.set("url", "http://localhost:9200").build().isOn()).isTrue();
    }

    @Test
    void aServerMayHaveAPathAUserAndACaFile() {
        settings.set("url", "https://elastic.example.com/search/")
                .set("username", "slipway")
                .set("password", "secret")
                .set("caFile", "ca.pem")
                .set("fallbackBucket", "manifests")
                .set("consoleUrl", "https://example.com/{bucket}/{key}");
        assertThatCode(settings::build).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    url            | ftp://localhost              | expected a URL that starts with http:// or https://
                    url            | http:///path                 | names a host
                    url            | http://user:p@localhost      | neither a user nor a query
                    url            | http://localhost?a=b         | neither a user nor a query
                    username       | slipway                      | password: is required: both or none
                    password       | secret                       | username: is required: both or none
                    caFile         | ca.pem                       | requires a url that begins with https://
                    indexPrefix    | S3-                          | lower-case letters
                    indexPrefix    | _s3-                         | begin with a letter or digit
                    fallbackBucket | B                            | must be
                    fallbackBucket | manifests                    | is required with manifest.fallbackBucket
                    consoleUrl     | https://example.com/{name}   | no other names in braces
                    consoleUrl     | {bucket}/{key}               | must be a URL
                    timeout        | 100ms                        | 1s
                    """)
    void mistakesAreFound(String key, String value, String problem) {
        settings.set(key, value);
        assertThatThrownBy(settings::build).hasMessageContaining(problem);
    }

    @Test
    void aPasswordIsNotSentInClearText() {
        settings.set("url", "http://localhost:9200").set("username", "slipway").set("password", "hunter2");
        assertThatThrownBy(settings::build)
                .hasMessageContaining("must begin with https:// with a password")
                .hasMessageNotContaining("hunter2");
    }
}
