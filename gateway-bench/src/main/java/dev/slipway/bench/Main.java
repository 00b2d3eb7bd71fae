package dev.slipway.bench;

import dev.slipway.bench.Scenarios.Size;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The command line of {@code bench.sh}. The table goes to standard output, everything else to standard error. */
final class Main {
    private static final int ROUNDS = 3;

    /** The scenarios of {@code --quick}, unless others are named. */
    private static final List<String> QUICK =
            List.of("sftp-gcm", "ftps", "sftp-files", "ftps-files", "sftp-minio", "sftp-files-minio");

    private Main() {}

    /** Runs the named scenarios, or all of them. */
    public static void main(String[] arguments) throws IOException, InterruptedException {
        System.setProperty("logback.configurationFile", "slipway-logback.xml");
        boolean quick = false;
        boolean list = false;
        List<String> names = new ArrayList<>();
        for (String argument : arguments) {
            switch (argument) {
                case "--quick" -> quick = true;
                case "--list" -> list = true;
                default -> names.add(argument);
            }
        }
        if (quick && names.isEmpty()) {
            names.addAll(QUICK);
        }
        Workspace workspace = Workspace.create();
        Servers servers = new Servers(workspace);
        // Also if a signal ends this process: the servers are separate processes and would outlive it.
        Runtime.getRuntime().addShutdownHook(new Thread(() -> close(servers, workspace), "clean-up"));
        List<Scenario> scenarios = new Scenarios(workspace, servers, quick ? Size.QUICK : Size.FULL).all();
        if (list) {
            scenarios.forEach(scenario -> System.out.printf("%-20s %s%n", scenario.name(), scenario.description()));
            return;
        }
        List<String> known = scenarios.stream().map(Scenario::name).toList();
        for (String name : names) {
            if (!known.contains(name)) {
                System.err.println("bench.sh: there is no scenario '" + name + "', only " + known);
                System.exit(2);
            }
        }
        double before = load();
        System.out.println(Report.HEAD);
        for (Scenario scenario : scenarios) {
            if (names.isEmpty() || names.contains(scenario.name())) {
                Report.rows(scenario, scenario.run(servers, ROUNDS, System.err::println))
                        .forEach(System.out::println);
            }
        }
        System.out.printf(Locale.ROOT, "%nLoad of the machine: %.1f before, %.1f after.%n", before, load());
    }

    private static double load() {
        return ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }

    private static void close(Servers servers, Workspace workspace) {
        try {
            servers.close();
            workspace.close();
        } catch (IOException e) {
            System.err.println("bench.sh: something was left behind: " + e);
        }
    }
}
