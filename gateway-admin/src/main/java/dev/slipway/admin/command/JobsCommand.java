package dev.slipway.admin.command;

import dev.slipway.admin.management.JobAction;
import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Jobs: files that are pushed to remote servers. */
@Command(
        name = "jobs",
        description = "Shows and controls jobs: files that are pushed to remote servers.",
        mixinStandardHelpOptions = true)
final class JobsCommand extends CommandGroup {
    JobsCommand() {
        super("list, show, follow, cancel, retry, pause or resume");
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
                                    + " queued,running,retrying,waiting-for-space,paused,succeeded,failed,cancelled")
                    @Nullable
                    String states,
            @Option(names = "--remote", paramLabel = "REMOTE", description = "Only jobs for this remote.") @Nullable
                    String remote,
            @Option(names = "--batch", paramLabel = "ID", description = "List the parts of this job.") @Nullable
                    String batch,
            @Option(
                            names = "--after",
                            paramLabel = "ID",
                            description = "Only jobs that follow this one in the list: the next page.")
                    @Nullable
                    String after,
            @Option(
                            names = "--limit",
                            paramLabel = "N",
                            defaultValue = "" + ManagedJobs.USUAL_LIMIT,
                            description = "Maximum number of jobs to list, 1 to " + ManagedJobs.HIGHEST_LIMIT
                                    + ". Default: ${DEFAULT-VALUE}")
                    int limit)
            throws IOException {
        Set<JobState> wanted = states == null ? EnumSet.allOf(JobState.class) : parse(context, states);
        return context.with(services -> {
            List<Job> jobs = services.jobs(context.principal())
                    .list(new ManagedJobs.Query(wanted, remote, null, batch, after, limit));
            context.print(JobView.table(jobs), jobs.stream().map(JobView::json).toList());
        });
    }

    private static Set<JobState> parse(CommandContext context, String states) {
        Set<JobState> parsed = EnumSet.noneOf(JobState.class);
        for (String word : states.split(",", -1)) {
            parsed.add(JsonWords.find(JobState.class, word.strip())
                    .orElseThrow(() -> context.wrong("--state '" + states + "': '" + word + "' is not one of "
                            + JsonWords.all(JobState.class))));
        }
        return parsed;
    }

    @Command(name = "show", description = "Shows a job with its attempts.", mixinStandardHelpOptions = true)
    int show(@Parameters(paramLabel = "ID", description = "The job.") String id, @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            ManagedJobs jobs = services.jobs(context.principal());
            Job job = jobs.find(id);
            List<Attempt> attempts = jobs.attempts(id);
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
            new JobWatch(context, services.jobs(context.principal())).untilSuccess(id);
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
        return change(context, ids, "cancelled", JobAction.CANCEL);
    }

    @Command(
            name = "retry",
            description = "Retries failed, cancelled or waiting jobs now.",
            mixinStandardHelpOptions = true)
    int retry(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "retried", JobAction.RETRY);
    }

    @Command(
            name = "pause",
            description = "Pauses jobs; slipway jobs resume continues them.",
            mixinStandardHelpOptions = true)
    int pause(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "paused", JobAction.PAUSE);
    }

    @Command(name = "resume", description = "Resumes paused jobs.", mixinStandardHelpOptions = true)
    int resume(
            @Parameters(arity = "1..*", paramLabel = "ID", description = "The jobs.") List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "resumed", JobAction.RESUME);
    }

    private static int change(CommandContext context, List<String> ids, String done, JobAction action)
            throws IOException {
        return context.with(services -> {
            List<String> changed = services.jobs(context.principal()).apply(action, ids);
            context.print(
                    done + " " + changed.size() + (changed.size() == 1 ? " job" : " jobs"), Map.of(done, changed));
            List<String> unchanged = new ArrayList<>(ids);
            unchanged.removeAll(changed);
            if (!unchanged.isEmpty()) {
                throw new IOException(String.join(", ", unchanged) + " " + action.refusal());
            }
        });
    }
}
