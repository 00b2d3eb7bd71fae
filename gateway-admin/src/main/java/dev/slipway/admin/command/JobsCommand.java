package dev.slipway.admin.command;

import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobFilter;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.job.Jobs;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Jobs: files that are pushed to remote servers. */
@Command(
        name = "jobs",
        description = "Shows and controls jobs: files that are pushed to remote servers.",
        mixinStandardHelpOptions = true)
final class JobsCommand implements Runnable {
    private static final int MOST = 10_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "Missing subcommand: slipway jobs list, show, follow, cancel, retry, pause or resume");
    }

    static IOException unknown(String id) {
        return new IOException("no such job: '" + id + "'; slipway jobs list shows all");
    }

    /** A job that the caller may see: accounts see the jobs that they have submitted. */
    private static Job find(CommandContext context, Services services, String id) throws IOException {
        Caller caller = context.caller();
        return services.jobs()
                .find(id)
                .filter(job ->
                        caller.administrator() || job.wanted().submitter().equals(caller.submitter()))
                .orElseThrow(() -> unknown(id));
    }

    @Command(
            name = "list",
            description = "Lists jobs, newest first. --batch lists the parts of a job.",
            mixinStandardHelpOptions = true)
    int list(
            @Mixin CommandContext context,
            @Option(
                            names = "--state",
                            paramLabel = "LIST",
                            description = "Only jobs in these states:"
                                    + " queued,running,waiting-for-space,paused,succeeded,failed,cancelled")
                    @Nullable
                    String states,
            @Option(names = "--remote", paramLabel = "REMOTE", description = "Only jobs for this remote.") @Nullable
                    String remote,
            @Option(names = "--batch", paramLabel = "ID", description = "List the parts of this job.") @Nullable
                    String batch,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "100",
                            description = "Maximum number of jobs to list. Default: ${DEFAULT-VALUE}")
                    int limit)
            throws IOException {
        if (limit < 1 || limit > MOST) {
            throw context.wrong("--limit " + limit + ": expected 1 to " + MOST);
        }
        Set<JobState> wanted = states == null ? EnumSet.allOf(JobState.class) : parse(context, states);
        Caller caller = context.caller();
        return context.with(services -> {
            List<Job> jobs = services.jobs()
                    .list(new JobFilter(
                            wanted, remote, caller.administrator() ? null : caller.submitter(), batch, limit));
            context.print(JobView.table(jobs), jobs.stream().map(JobView::json).toList());
        });
    }

    private static Set<JobState> parse(CommandContext context, String states) {
        Set<JobState> parsed = EnumSet.noneOf(JobState.class);
        for (String word : states.split(",", -1)) {
            parsed.add(Arrays.stream(JobState.values())
                    .filter(state -> JobView.word(state).equals(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> context.wrong("--state '" + states + "': '" + word + "' is not one of "
                            + Arrays.stream(JobState.values())
                                    .map(JobView::word)
                                    .collect(Collectors.joining(", ")))));
        }
        return parsed;
    }

    @Command(name = "show", description = "Shows a job with its attempts.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "ID", description = "The job.") String id, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            Job job = find(context, services, id);
            List<Attempt> attempts = services.jobs().attempts(id);
            Map<String, @Nullable Object> json = JobView.json(job);
            json.put("attempts", attempts.stream().map(JobView::json).toList());
            context.print(JobView.text(job, attempts), json);
        });
    }

    @Command(
            name = "follow",
            description = "Shows the progress of a job until it ends. The exit status is 0 if it succeeds.",
            mixinStandardHelpOptions = true)
    int follow(@Parameters(paramLabel = "ID", description = "The job.") String id, @Mixin CommandContext context)
            throws IOException {
        if (!context.caller().administrator()) {
            throw context.wrong("follow is not available here");
        }
        return context.with(services -> {
            Job job = find(context, services, id);
            new JobWatch(context, services.jobs()).untilSuccess(job.id());
        });
    }

    @Command(
            name = "cancel",
            description =
                    "Cancels jobs, including the parts of batches, and removes their temporary files from the remote.",
            mixinStandardHelpOptions = true)
    int cancel(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "cancelled", Jobs::cancel, "has already ended");
    }

    @Command(
            name = "retry",
            description = "Retries failed, cancelled or waiting jobs now.",
            mixinStandardHelpOptions = true)
    int retry(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "retried", Jobs::retry, "is not failed, cancelled or waiting");
    }

    @Command(
            name = "pause",
            description = "Pauses jobs; slipway jobs resume continues them.",
            mixinStandardHelpOptions = true)
    int pause(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "paused", Jobs::pause, "is already paused or has ended");
    }

    @Command(name = "resume", description = "Resumes paused jobs.", mixinStandardHelpOptions = true)
    int resume(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "resumed", Jobs::resume, "is not paused");
    }

    private interface Change {
        boolean apply(Jobs jobs, String id);
    }

    private static int change(CommandContext context, List<String> ids, String done, Change change, String otherwise)
            throws IOException {
        return context.with(services -> {
            // All named jobs exist, or nothing is changed.
            for (String id : ids) {
                Job _ = find(context, services, id);
            }
            List<String> changed = new ArrayList<>();
            List<String> unchanged = new ArrayList<>();
            for (String id : ids) {
                (change.apply(services.jobs(), id) ? changed : unchanged).add(id);
            }
            context.print(done + " " + changed.size() + " jobs", Map.of(done, changed));
            if (!unchanged.isEmpty()) {
                throw new IOException(String.join(", ", unchanged) + " " + otherwise);
            }
        });
    }
}
