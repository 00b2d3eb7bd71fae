package dev.slipway.conformance;

import dev.slipway.testing.Folders;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;

/** The command line of the runs. */
final class Main {
    private Main() {}

    /**
     * Runs a check: its name, and its options. The exit code is 0 for success, 1 for violations, and 2 for a wrong
     * option.
     */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        List<String> options = List.of(arguments).subList(1, arguments.length);
        // The data of the run, and the logs of a failed run.
        Path folder = Files.createTempDirectory("slipway-" + arguments[0]);
        int code;
        try {
            code = switch (arguments[0]) {
                case "chaos" -> ChaosRun.run(options, folder);
                case "soak" -> SoakRun.run(options, folder);
                case "hostile" -> HostileRun.run(options, folder);
                default -> throw new IllegalArgumentException("there is no run " + arguments[0]);
            };
        } catch (IllegalArgumentException e) {
            System.err.println(e.getMessage());
            code = 2;
        } catch (IOException | SQLException | RuntimeException e) {
            e.printStackTrace();
            code = 1;
        }
        if (code == 1) {
            System.out.println("Logs are in " + folder);
        } else {
            Folders.delete(folder);
        }
        System.exit(code);
    }
}
