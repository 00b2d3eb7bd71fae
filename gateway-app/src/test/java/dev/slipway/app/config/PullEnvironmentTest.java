package dev.slipway.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.slipway.core.setting.Secret;
import java.net.URI;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The variables of a service that copies an SFTP folder to a bucket. */
class PullEnvironmentTest {
    private static final String HOST_KEY = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

    private static Map<String, String> environment() {
        Map<String, String> environment = new HashMap<>();
        environment.put("SFTP_HOST", "sftp.example.com");
        environment.put("SFTP_PORT", "2022");
        environment.put("SFTP_USER", "acme");
        environment.put("SFTP_PASS", "hunter2");
        environment.put("SFTP_FOLDER_NAME", "outgoing");
        environment.put("S3_ENDPOINT", "minio:9000");
        environment.put("S3_SERVICE", "s3");
        environment.put("S3_BUCKET_NAME", "files");
        environment.put("S3_FOLDER_NAME", "/from-acme/");
        environment.put("S3_REGION", "eu-central-1");
        environment.put("S3_ACCESS_KEY_ID", "key");
        environment.put("S3_SECRET_ACCESS_KEY", "secret");
        environment.put("SFTP_HOST_KEY", HOST_KEY);
        return environment;
    }

    @Test
    void theVariablesAreEnough() throws Exception {
        GatewaySettings settings = SettingsLoader.load(null, environment()).settings();

        assertThat(settings.s3().endpoint()).isEqualTo(URI.create("https://minio:9000"));
        assertThat(settings.s3().bucket()).isEqualTo("files");
        assertThat(settings.s3().region()).isEqualTo("eu-central-1");
        assertThat(settings.accounts()).isEmpty();
        assertThat(settings.remotes()).singleElement().satisfies(remote -> {
            assertThat(remote.host()).isEqualTo("sftp.example.com");
            assertThat(remote.port()).isEqualTo(2022);
            assertThat(remote.user()).isEqualTo("acme");
            assertThat(remote.password()).isEqualTo(new Secret("hunter2"));
            assertThat(remote.hostKeys()).containsExactly(HOST_KEY);
        });
        assertThat(settings.pulls()).singleElement().satisfies(pull -> {
            assertThat(pull.remote()).isEqualTo(settings.remotes().getFirst().name());
            assertThat(pull.folder()).isEqualTo("outgoing");
            assertThat(pull.target().prefix()).isEqualTo("from-acme/");
            assertThat(pull.incremental()).isEqualTo("1-56 * * * *");
            assertThat(pull.full()).isEqualTo("0 */2 * * *");
            assertThat(pull.timeZone()).isEqualTo("UTC");
        });
    }

    @Test
    void thePortTheServiceAndTheFolderMayBeEmpty() throws Exception {
        Map<String, String> environment = environment();
        environment.put("SFTP_PORT", "");
        environment.put("S3_SERVICE", "");
        environment.put("S3_FOLDER_NAME", "");

        GatewaySettings settings = SettingsLoader.load(null, environment).settings();

        assertThat(settings.remotes().getFirst().port()).isEqualTo(22);
        assertThat(settings.pulls().getFirst().target().prefix()).isNull();
    }

    @Test
    void allMissingVariablesAreReportedAtOnce() {
        ConfigurationException e = catchThrowableOfType(
                ConfigurationException.class,
                () -> SettingsLoader.load(null, Map.of("SFTP_HOST", "sftp.example.com", "S3_REGION", "eu-central-1")));

        assertThat(e.problems())
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.expected())
                                .startsWith(
                                        "SFTP_PORT, SFTP_USER, SFTP_PASS, SFTP_FOLDER_NAME, S3_ENDPOINT, S3_SERVICE,"
                                                + " S3_BUCKET_NAME, S3_FOLDER_NAME, S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY, SFTP_HOST_KEY. "));
    }

    @Test
    void anotherServiceThanS3IsRefused() {
        Map<String, String> environment = environment();
        environment.put("S3_SERVICE", "glacier");

        assertThatThrownBy(() -> SettingsLoader.load(null, environment)).hasMessageContaining("S3_SERVICE");
    }
}
