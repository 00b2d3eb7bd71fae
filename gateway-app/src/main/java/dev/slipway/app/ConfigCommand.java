package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.config.SettingsReference;
import dev.slipway.app.config.SettingsSchema;
import java.io.PrintWriter;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Commands about the configuration, which start nothing. */
@Command(
        name = "config",
        description = "Checks a configuration, or describes all settings.",
        mixinStandardHelpOptions = true)
final class ConfigCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing subcommand: slipway config check, slipway config reference or slipway config schema");
    }

    @Command(
            name = "check",
            description = "Reports every problem in a configuration, or prints the settings in force.",
            mixinStandardHelpOptions = true)
    int check(@Mixin ConfigurationFile configuration) throws ConfigurationException {
        SettingsLoader.Loaded loaded = configuration.load();
        MachineChecks.of(loaded.settings())
                .filesAndAddresses()
                .openPgpKeys()
                .auditFile()
                .report();
        PrintWriter out = spec.commandLine().getOut();
        loaded.effective().forEach((key, value) -> out.println(key + " = " + value));
        SecretFileCheck.warning(loaded)
                .ifPresent(warning -> spec.commandLine().getErr().println("Warning: " + warning));
        MemoryBudgets.of(loaded.settings())
                .warnings(MachineChecks.machineMemory())
                .forEach(warning -> spec.commandLine().getErr().println("Warning: " + warning));
        out.println("The configuration is valid.");
        return 0;
    }

    @Command(
            name = "reference",
            description = "Prints every setting with its default, meaning and environment variable, as Markdown.",
            mixinStandardHelpOptions = true)
    int reference() {
        spec.commandLine().getOut().print(SettingsReference.markdown());
        spec.commandLine().getOut().flush();
        return 0;
    }

    @Command(
            name = "schema",
            description = "Prints a JSON Schema of the configuration file, for completion and checks in editors.",
            mixinStandardHelpOptions = true)
    int schema() {
        spec.commandLine().getOut().print(SettingsSchema.json());
        spec.commandLine().getOut().flush();
        return 0;
    }
}
