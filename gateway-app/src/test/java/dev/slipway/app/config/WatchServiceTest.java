package dev.slipway.app.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.slipway.core.event.Origin;
import dev.slipway.ingest.archive.ArchiveSettings;
import dev.slipway.ingest.archive.ManifestSettings;
import dev.slipway.ingest.rule.Action;
import dev.slipway.ingest.watch.Afterwards;
import dev.slipway.ingest.watch.WatchSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The options, the file and the variables of a service that watches the folders of users. */
class WatchServiceTest {
    @TempDir
    private Path folder;

    private final Map<String, String> environment = new HashMap<>();

    private GatewaySettings load(@Nullable String file, String... sources) throws Exception {
        Path path = file == null ? null : Files.writeString(folder.resolve("config.yaml"), file);
        return SettingsLoader.loadWatch(path, List.of(sources), environment).settings();
    }

    private String problems(@Nullable String file, String... sources) {
        return String.valueOf(catchThrowableOfType(ConfigurationException.class, () -> load(file, sources))
                .getMessage());
    }

    @Test
    void optionsAndVariablesAreEnough() throws Exception {
        environment.put("SFTPPUSH_DEFAULTS_USERPATH", "/home/");
        environment.put("SFTPPUSH_DEFAULTS_S3TARGET", "uploads");
        environment.put("SFTPPUSH_DEFAULTS_AWSREGION", "eu-central-1");

        GatewaySettings settings = load(null, "name=user1,paths=/a /b", "name=user2,paths=/a/c");

        assertThat(settings.watches()).extracting(WatchSettings::name).containsExactly("user1", "user1-2", "user2");
        assertThat(settings.watches())
                .extracting(WatchSettings::folder)
                .containsExactly(Path.of("/home/user1/a"), Path.of("/home/user1/b"), Path.of("/home/user2/a/c"));
        assertThat(settings.watches()).allSatisfy(watch -> {
            assertThat(watch.target().bucket()).isEqualTo("uploads");
            assertThat(watch.afterwards()).isEqualTo(Afterwards.DELETE);
        });
        assertThat(settings.watches().getLast().target().key()).isEqualTo("user2/a/c/{path}");
        assertThat(settings.s3().region()).isEqualTo("eu-central-1");
        assertThat(settings.rules()).singleElement().satisfies(rule -> {
            assertThat(rule.origins()).containsExactly(Origin.WATCH);
            assertThat(rule.steps())
                    .singleElement()
                    .satisfies(step -> assertThat(step.action()).isEqualTo(Action.DECOMPRESS));
        });
    }

    @Test
    void theFileHasSourcesWithTargetsOfTheirOwnAndVariablesOverrideIt() throws Exception {
        environment.put("SFTPPUSH_DEFAULTS_USERPATH", "/srv");

        GatewaySettings settings = load("""
                defaults: {userpath: /home, s3target: uploads}
                watch:
                  source:
                    - {name: user1, paths: [/a]}
                    - {name: user2, paths: /a /b, s3target: s3://others/in}
                """);

        assertThat(settings.watches())
                .extracting(WatchSettings::folder)
                .containsExactly(Path.of("/srv/user1/a"), Path.of("/srv/user2/a"), Path.of("/srv/user2/b"));
        assertThat(settings.watches().getLast().target().bucket()).isEqualTo("others");
        assertThat(settings.watches().getLast().target().prefix()).isEqualTo("in/");
    }

    @Test
    void sourcesOfTheCommandLineReplaceThoseOfTheFile() throws Exception {
        GatewaySettings settings = load("""
                defaults: {userpath: /home, s3target: uploads}
                watch: {source: [{name: user1, paths: [/a]}]}
                """, "name=user2,paths=/");

        assertThat(settings.watches()).singleElement().satisfies(watch -> {
            assertThat(watch.folder()).isEqualTo(Path.of("/home/user2"));
            assertThat(watch.target().key()).isEqualTo("user2/{path}");
        });
    }

    @Test
    void everythingThatIsWrongOrMissingIsSaidAtOnce() {
        environment.put("SFTPPUSH_DEFAULTS_USERPTH", "/home");

        assertThat(problems(null, "name=user1", "paths=/a,user=x"))
                .contains(
                        "SFTPPUSH_DEFAULTS_USERPTH",
                        "must be name=USER,paths=/FOLDER",
                        "has an unknown part",
                        "SFTPPUSH_DEFAULTS_USERPATH");
        environment.clear();
        assertThat(problems(null)).contains("--source", "SFTPPUSH_DEFAULTS_USERPATH");
        assertThat(problems(null, "name=user1,paths=/a"))
                .contains("SFTPPUSH_DEFAULTS_USERPATH and SFTPPUSH_DEFAULTS_S3TARGET");
    }

    @Test
    void theSyncFolderIsEnough() throws Exception {
        environment.put("S3_SYNC_BUCKETS_FOLDER", "/srv/sync");
        environment.put("AWS_DEFAULT_REGION", "eu-west-1");

        GatewaySettings settings = SettingsLoader.load(null, environment).settings();

        assertThat(settings.s3().region()).isEqualTo("eu-west-1");
        assertThat(settings.watches()).singleElement().satisfies(watch -> {
            assertThat(watch.folder()).isEqualTo(Path.of("/srv/sync"));
            assertThat(watch.bucketFolders()).isTrue();
            assertThat(watch.afterwards()).isEqualTo(Afterwards.DELETE);
        });
    }

    @Test
    void theBatchFolderIsEnoughAlsoBesideTheSyncFolder() throws Exception {
        environment.put("S3_BATCH_BUCKETS_FOLDER", "/srv/batch");

        GatewaySettings settings = SettingsLoader.load(null, environment).settings();
        assertThat(settings.watches()).isEmpty();
        assertThat(settings.archives()).singleElement().satisfies(task -> {
            assertThat(task.source().folder()).isEqualTo(Path.of("/srv/batch"));
            assertThat(task.maxSize().bytes()).isEqualTo(1L << 30);
            assertThat(task.originals()).isEqualTo(ArchiveSettings.Originals.DELETE);
        });

        environment.put("S3_SYNC_BUCKETS_FOLDER", "/srv/sync");
        environment.put("MAX_BATCH_SIZE_MB", "64");
        settings = SettingsLoader.load(null, environment).settings();
        assertThat(settings.watches()).hasSize(1);
        assertThat(settings.archives().getFirst().maxSize().bytes()).isEqualTo(64L << 20);

        assertThat(settings.manifest().isOn()).isFalse();

        environment.put("MAX_BATCH_SIZE_MB", "many");
        assertThatThrownBy(() -> SettingsLoader.load(null, environment)).hasMessageContaining("MAX_BATCH_SIZE_MB");
    }

    @ParameterizedTest
    @CsvSource({
        "elastic.example.com, '', http://elastic.example.com:9200",
        "elastic.example.com, 9201, http://elastic.example.com:9201",
        "elastic.example.com:9202, '', http://elastic.example.com:9202",
        "https://elastic.example.com, 443, https://elastic.example.com:443",
        "https://elastic.example.com:9203/, '', https://elastic.example.com:9203",
        "https://proxy.example.com/elastic/, 9200, https://proxy.example.com:9200/elastic",
        "192.0.2.1, '', http://192.0.2.1:9200",
        "2001:db8::1, 9204, http://[2001:db8::1]:9204",
        "elastic, tcp://192.0.2.1:9200, http://elastic:9200"
    })
    void theServerForManifestsIsNamedByItsHostAndPort(String host, String port, URI url) throws Exception {
        environment.put("S3_BATCH_BUCKETS_FOLDER", "/srv/batch");
        environment.put("ELASTICSEARCH_LOGS_HOST", host);
        environment.put("ELASTICSEARCH_LOGS_PORT", port);
        environment.put("MANIFEST_FALLBACK_BUCKET", "manifests");

        ManifestSettings manifest =
                SettingsLoader.load(null, environment).settings().manifest();
        assertThat(manifest.url()).isEqualTo(url);
        assertThat(manifest.fallbackBucket()).isEqualTo("manifests");
        assertThat(manifest.indexPrefix()).isEqualTo("s3-batch-");
    }

    @Test
    void mistakesInTheVariablesForManifestsAreFoundTogether() {
        environment.put("S3_BATCH_BUCKETS_FOLDER", "/srv/batch");
        environment.put("ELASTICSEARCH_LOGS_PORT", "9200");
        environment.put("MANIFEST_FALLBACK_BUCKET", "manifests");
        assertThatThrownBy(() -> SettingsLoader.load(null, environment))
                .hasMessageContaining("environment variable ELASTICSEARCH_LOGS_HOST: is required")
                .hasMessageContaining("is required with manifest.fallbackBucket");

        environment.put("ELASTICSEARCH_LOGS_HOST", "elastic.example.com");
        environment.put("ELASTICSEARCH_LOGS_PORT", "many");
        assertThatThrownBy(() -> SettingsLoader.load(null, environment))
                .hasMessageContaining("ELASTICSEARCH_LOGS_HOST");
    }
}
