package dev.slipway.app;

import dev.slipway.admin.command.Commands;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.log.LogOutput;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.util.Properties;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The {@code slipway} command. */
@Command(
        name = "slipway",
        description = "Serves an S3 bucket over FTPS and SFTP.",
        mixinStandardHelpOptions = true,
        versionProvider = Main.Version.class,
        subcommands = {
            DemoCommand.class,
            ServeCommand.class,
            WatchCommand.class,
            BackupCommand.class,
            ConfigCommand.class,
            DoctorCommand.class,
            CertificatesCommand.class,
            HashPasswordCommand.class
        })
public final class Main implements Runnable {
    /** The exit code for an invalid configuration or command line. */
    static final int WRONG_CONFIGURATION = 2;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    private Main() {}

    /** Runs a command; the exit code is 0 on success, 2 for a wrong command line or configuration, otherwise 1. */
    public static void main(String[] arguments) {
        // Not used by programs that embed the gateway.
        LogOutput.prepare();
        int exitCode = commandLine().execute(arguments);
        LogOutput.close();
        System.exit(exitCode);
    }

    static CommandLine commandLine() {
        CommandLine root = new CommandLine(new Main(), Commands.factory(new Host()));
        Host.addTo(root);
        return Commands.configure(root)
                .setExecutionExceptionHandler((e, commandLine, _) -> explain(e, commandLine.getErr()));
    }

    /** Problems that the user can act on are reported without a stack trace; anything else is a bug and shows it. */
    private static int explain(Exception e, PrintWriter err) throws Exception {
        if (e instanceof ConfigurationException || e.getCause() instanceof ConfigurationException) {
            err.println(e.getMessage());
            // Unlike an invalid configuration, this may succeed later, for example when a missing file appears.
            boolean later = e instanceof MachineException || e.getCause() instanceof MachineException;
            return later ? CommandLine.ExitCode.SOFTWARE : WRONG_CONFIGURATION;
        }
        int status = Commands.explain(e, err);
        if (status < 0) {
            throw e;
        }
        return status;
    }

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "Missing command. For a first look: slipway demo");
    }

    /** The version recorded by the build. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() throws IOException {
            return new String[] {"Slipway " + number() + ", Java " + Runtime.version()};
        }

        static String number() throws IOException {
            Properties properties = new Properties();
            try (InputStream in = Main.class.getResourceAsStream("/dev/slipway/app/version.properties")) {
                if (in != null) {
                    properties.load(in);
                }
            }
            return properties.getProperty("version", "unknown");
        }
    }
}
