package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.setting.Problem;
import dev.slipway.core.store.s3.S3Access;
import dev.slipway.core.store.s3.StorageRule;
import java.util.ArrayList;
import java.util.List;

/** Reads the files named in the settings of the object store. */
final class StoreSettings {
    private StoreSettings() {}

    /** @throws ConfigurationException a key file cannot be read or is invalid */
    static S3Access of(GatewaySettings settings) throws ConfigurationException {
        List<StorageRule> rules = new ArrayList<>();
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.storage().size(); i++) {
            String key = "storage[" + i + "].";
            rules.add(settings.storage()
                    .get(i)
                    .resolve(
                            settings.s3().bucket(),
                            (name, value, expected) -> problems.add(Problem.of(key + name, value, expected))));
        }
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return new S3Access(settings.s3(), rules);
    }
}
