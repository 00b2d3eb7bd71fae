package dev.slipway.app;

import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.log.LogOutput;
import java.io.IOException;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Runs a gateway until a signal ends the process. */
@Command(
        name = "serve",
        description = "Serves the bucket named in a configuration file or in the environment.",
        mixinStandardHelpOptions = true)
final class ServeCommand implements Callable<Integer> {
    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        return serve(configuration.load());
    }

    /** Runs a gateway until a signal ends the process. Blocks. */
    static int serve(SettingsLoader.Loaded loaded) throws ConfigurationException, IOException, InterruptedException {
        MachineChecks.of(loaded.settings())
                .memory()
                .filesAndAddresses()
                .auditFile()
                .report();
        LogOutput.start(loaded.settings().log());
        Logger log = LoggerFactory.getLogger(ServeCommand.class);
        GatewaySettings settings = loaded.settings();
        log.info(
                "Slipway {} serves {} at {}; settings from {}, state in {}",
                Main.Version.number(),
                String.join(", ", new TreeSet<>(AccountSettings.buckets(settings))),
                loaded.effective()
                        .getOrDefault(
                                "s3.endpoint", "Amazon S3 in " + settings.s3().region()),
                loaded.file() == null ? "the environment" : loaded.file(),
                settings.state().directory());
        SecretFileCheck.warning(loaded).ifPresent(log::warn);
        loaded.effective().forEach((key, value) -> log.debug("{} = {}", key, value));
        Termination termination = Termination.takeOver();
        try (Gateway gateway = Gateway.start(loaded.settings())) {
            termination.await();
            gateway.drain(loaded.settings().shutdown().drain());
        }
        log.info("Ended");
        return 0;
    }
}
