package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.core.setting.Problem;
import dev.slipway.ingest.openpgp.KeyUse;
import dev.slipway.ingest.openpgp.OpenPgpKeys;
import dev.slipway.ingest.rule.StepSettings;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads the keys of OpenPGP that the settings name. */
final class OpenPgpKeyFiles {
    private OpenPgpKeyFiles() {}

    /**
     * Reads all keys, and unlocks those that are secret.
     *
     * @throws ConfigurationException with all of those that cannot be read or unlocked
     */
    static OpenPgpKeys read(GatewaySettings settings) throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        OpenPgpKeys keys = OpenPgpKeys.read(settings.openpgpKeys(), problems);
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
        return keys;
    }

    /**
     * What steps of rules cannot do with their keys. A key may expire while a gateway runs, so this does not keep one
     * from starting.
     */
    static List<Problem> unusable(GatewaySettings settings, OpenPgpKeys keys, Instant now) {
        List<Problem> problems = new ArrayList<>();
        for (int i = 0; i < settings.rules().size(); i++) {
            List<StepSettings> steps = settings.rules().get(i).steps();
            for (int j = 0; j < steps.size(); j++) {
                String step = "rules[" + i + "].steps[" + j + "].";
                for (KeyUse use : steps.get(j).keyUses()) {
                    keys.problem(use, now)
                            .ifPresent(
                                    problem -> problems.add(new Problem("", step + use.setting(), use.key(), problem)));
                }
            }
        }
        return problems;
    }

    /**
     * Reads all keys, and looks what rules do with them today.
     *
     * @throws ConfigurationException with everything that is wrong
     */
    static void check(GatewaySettings settings) throws ConfigurationException {
        List<Problem> problems = new ArrayList<>();
        OpenPgpKeys keys = OpenPgpKeys.read(settings.openpgpKeys(), problems);
        problems.addAll(unusable(settings, keys, Instant.now()));
        if (!problems.isEmpty()) {
            throw new ConfigurationException(problems);
        }
    }
}
