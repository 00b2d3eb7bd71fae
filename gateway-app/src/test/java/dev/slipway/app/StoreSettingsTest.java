package dev.slipway.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.core.store.s3.CustomerKey;
import dev.slipway.core.store.s3.Encryption;
import dev.slipway.core.store.s3.S3Access;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreSettingsTest {
    private static final String KEY = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

    @TempDir
    private Path directory;

    private S3Access store() throws IOException, ConfigurationException {
        Path file = Files.writeString(directory.resolve("slipway.yml"), """
                s3: {bucket: files}
                storage: [{prefix: a/, encryption: customer, customerKeyFile: customer.key, acl: public-read}]
                """);
        return StoreSettings.of(SettingsLoader.load(file, Map.of()).settings());
    }

    @Test
    void aCustomerKeyIsReadFromItsFileAndShownNowhere() throws Exception {
        Files.writeString(directory.resolve("customer.key"), KEY + "\n");

        S3Access store = store();

        assertThat(store.storage()).singleElement().satisfies(rule -> {
            assertThat(rule.bucket()).isEqualTo("files");
            assertThat(rule.policy().encryption()).isEqualTo(new Encryption.Customer(CustomerKey.parse(KEY)));
            assertThat(rule.policy().acl()).isEqualTo("public-read");
        });
        assertThat(store.toString()).contains("***").doesNotContain(KEY);
    }

    @Test
    void aFileWithoutAKeyIsAProblemOfItsSetting() throws IOException {
        assertThatThrownBy(this::store)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("storage[0].customerKeyFile", "cannot be read");
        Files.writeString(directory.resolve("customer.key"), "c2hvcnQ=");
        assertThatThrownBy(this::store)
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContainingAll("storage[0].customerKeyFile", "32 bytes")
                .hasMessageNotContaining("c2hvcnQ");
    }
}
