package dev.slipway.app;

import dev.slipway.admin.command.Json;
import dev.slipway.app.config.ConfigurationException;
import dev.slipway.app.config.GatewaySettings;
import dev.slipway.app.config.SettingsLoader;
import dev.slipway.app.log.LogOutput;
import dev.slipway.core.account.AccountEntry;
import dev.slipway.core.account.Mount;
import dev.slipway.core.state.AccountTable;
import dev.slipway.core.state.StateDatabase;
import dev.slipway.core.store.doctor.ProbeReport;
import dev.slipway.core.store.doctor.ProbeReport.Finding;
import dev.slipway.core.store.doctor.ProbeReport.Level;
import dev.slipway.core.store.doctor.StoreProbe;
import dev.slipway.core.store.s3.S3Access;
import dev.slipway.ingest.scan.Clamd;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Tests what a gateway's buckets can do, and reports problems. */
@Command(
        name = "doctor",
        description = {
            "Tests buckets with real requests and reports what works, what Slipway does instead if something does not,"
                    + " and what is wrong.",
            "It leaves nothing behind. The exit code is 0 if Slipway can work with the store, 1 if not, 2 if the"
                    + " configuration is wrong."
        },
        mixinStandardHelpOptions = true)
final class DoctorCommand implements Callable<Integer> {
    private static final int SOMETHING_IS_WRONG = 1;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Mixin
    private final ConfigurationFile configuration = new ConfigurationFile();

    @Option(names = "--json", description = "Print the findings as JSON.")
    private boolean json;

    @Parameters(paramLabel = "BUCKET", arity = "0..*", description = "Buckets to test. Default: all that accounts see.")
    private @Nullable List<String> only;

    @Override
    public Integer call() throws ConfigurationException, IOException, InterruptedException {
        LogOutput.setLevel(ch.qos.logback.classic.Level.ERROR);
        SettingsLoader.Loaded loaded = configuration.load();
        SecretFileCheck.warning(loaded)
                .ifPresent(warning -> spec.commandLine().getErr().println("Warning: " + warning));
        GatewaySettings settings = loaded.settings();
        Set<String> buckets = only == null ? buckets(settings) : new TreeSet<>(only);
        MachineChecks.of(settings).store().report();
        S3Access store = StoreSettings.of(settings);
        PrintWriter out = spec.commandLine().getOut();
        List<ProbeReport> reports = new ArrayList<>();
        for (String bucket : buckets) {
            ProbeReport report = StoreProbe.run(store, bucket);
            reports.add(report);
            if (!json) {
                print(report, out);
            }
        }
        List<String> warnings = new ArrayList<>(MemoryBudgets.of(settings).warnings(MachineChecks.machineMemory()));
        scanProblem(settings).ifPresent(warnings::add);
        boolean usable = reports.stream().allMatch(ProbeReport::isUsable);
        if (json) {
            out.println(Json.format(json(reports, usable, warnings)));
        } else {
            warnings.forEach(warning -> out.println("Warning: " + warning));
            out.println(
                    usable
                            ? "Slipway can work with " + (reports.size() == 1 ? "this bucket." : "these buckets.")
                            : "Something is wrong; see above.");
        }
        out.flush();
        return usable ? 0 : SOMETHING_IS_WRONG;
    }

    private static Optional<String> scanProblem(GatewaySettings settings) {
        Optional<Clamd> clamd = Clamd.of(settings.scan());
        if (clamd.isEmpty()) {
            return Optional.empty();
        }
        try (Clamd scanner = clamd.get()) {
            return scanner.problem().map(problem -> "Files cannot be scanned (scan.clamd): " + problem + ".");
        }
    }

    /** The buckets of the configuration and of the accounts in the state database, if there is one. */
    private static Set<String> buckets(GatewaySettings settings) throws IOException {
        Set<String> buckets = new TreeSet<>(AccountSettings.buckets(settings));
        if (settings.s3().bucket() != null) {
            buckets.add(settings.s3().bucket());
        }
        StateLocation location = StateLocation.of(settings.state());
        if (location.exists()) {
            try (StateDatabase state = location.join()) {
                for (AccountEntry entry : new AccountTable(state).read().entries()) {
                    entry.account().mounts().stream().map(Mount::bucket).forEach(buckets::add);
                }
            }
        }
        return buckets;
    }

    private static void print(ProbeReport report, PrintWriter out) {
        out.println("Bucket " + report.bucket());
        for (Level level : List.of(Level.WRONG, Level.DIFFERS, Level.UNKNOWN, Level.WORKS)) {
            List<Finding> findings = report.findings().stream()
                    .filter(finding -> finding.level() == level)
                    .toList();
            if (findings.isEmpty()) {
                continue;
            }
            out.println();
            out.println("  " + title(level));
            for (Finding finding : findings) {
                out.println("    " + sentence(finding));
                if (!finding.consequence().isEmpty()) {
                    out.println("      " + finding.consequence());
                }
            }
        }
        out.println();
    }

    private static String title(Level level) {
        return switch (level) {
            case WRONG -> "Wrong:";
            case DIFFERS -> "Works differently:";
            case UNKNOWN -> "Unknown:";
            case WORKS -> "Works:";
        };
    }

    private static String sentence(Finding finding) {
        String question = finding.check().question();
        return Character.toUpperCase(question.charAt(0)) + question.substring(1) + "? " + finding.answer();
    }

    private static Map<String, Object> json(List<ProbeReport> reports, boolean usable, List<String> warnings) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("usable", usable);
        all.put("buckets", reports.stream().map(DoctorCommand::json).toList());
        all.put("warnings", warnings);
        return all;
    }

    private static Map<String, Object> json(ProbeReport report) {
        Map<String, Object> bucket = new LinkedHashMap<>();
        bucket.put("bucket", report.bucket());
        bucket.put("usable", report.isUsable());
        bucket.put(
                "findings", report.findings().stream().map(DoctorCommand::json).toList());
        return bucket;
    }

    private static Map<String, String> json(Finding finding) {
        Map<String, String> values = new LinkedHashMap<>();
        values.put("check", finding.check().id());
        values.put("level", finding.level().name().toLowerCase(Locale.ROOT));
        values.put("question", finding.check().question());
        values.put("answer", finding.answer());
        values.put("consequence", finding.consequence());
        return values;
    }
}
