package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.core.setting.Problem;
import java.util.List;

/** The settings are valid, but this machine does not meet them, or not yet. */
final class MachineException extends ConfigurationException {
    private static final long serialVersionUID = 1L;

    MachineException(List<Problem> problems) {
        super(problems);
    }
}
