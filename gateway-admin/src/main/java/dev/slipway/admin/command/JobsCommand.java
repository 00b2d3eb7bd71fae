package dev.slipway.admin.command;

import dev.slipway.admin.management.JobAction;
import dev.slipway.admin.management.ManagedJobs;
import dev.slipway.transfer.job.Attempt;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobState;
import dev.slipway.transfer.json.JsonWords;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumSet;
import java.util.LinkedHashSet;
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
            @Option(names = "--correlation", paramLabel = "ID", description = "Only jobs with this correlation id.")
                    @Nullable
                    String correlation,
            @Option(
                            names = "--since",
                            paramLabel = "TIME",
                            description = "Only jobs created then or later: " + CreatedTime.EXAMPLES + ".")
                    @Nullable
                    String since,
            @Option(names = "--until", paramLabel = "TIME", description = "Only jobs created before then.") @Nullable
                    String until,
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
        Instant from = CreatedTime.parse(context, "--since", since);
        Instant before = CreatedTime.parse(context, "--until", until);
        return context.with(services -> {
            ManagedJobs managed = services.jobs(context.principal());
            List<Job> jobs = managed.list(new ManagedJobs.Query(
                    wanted,
                    remote,
                    null,
                    correlation,
                    from,
                    before,
                    batch == null ? null : managed.identify(batch),
                    after == null ? null : managed.identify(after),
                    limit));
            boolean terminal = context.console().columns() > 0;
            context.print(
                    JobView.table(jobs, terminal),
                    jobs.stream().map(JobView::json).toList());
            if (terminal && jobs.size() == limit && !context.isJson()) {
                context.note("There may be more: --after " + jobs.getLast().id());
            }
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
    int show(
            @Parameters(paramLabel = "ID", description = "The job; the beginning of its id is enough.") String id,
            @Mixin CommandContext context)
            throws IOException {
        return context.with(services -> {
            ManagedJobs jobs = services.jobs(context.principal());
            Job job = jobs.find(jobs.identify(id));
            List<Attempt> attempts = jobs.attempts(job.id());
            Map<String, @Nullable Object> json = JobView.json(job);
            json.put("attempts", attempts.stream().map(JobView::json).toList());
            context.print(JobView.text(job, attempts, Instant.now()), json);
        });
    }

    @Command(
            name = "follow",
            description = "Shows the progress of a job until it ends. The exit status is 0 if it succeeds.",
            mixinStandardHelpOptions = true)
    int follow(
            @Parameters(paramLabel = "ID", description = "The job; the beginning of its id is enough.") String id,
            @Mixin CommandContext context)
            throws IOException {
        if (!context.caller().administrator()) {
            throw context.wrong("follow is not available here");
        }
        return context.with(services -> {
            ManagedJobs jobs = services.jobs(context.principal());
            new JobWatch(context, jobs).untilSuccess(jobs.identify(id));
        });
    }

    @Command(
            name = "cancel",
            description =
                    "Cancels jobs, including the parts of batches, and removes their temporary files from the remote.",
            mixinStandardHelpOptions = true)
    int cancel(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "ID",
                            description = "The jobs; the beginnings of their ids are enough.")
                    List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "cancelled", JobAction.CANCEL);
    }

    @Command(
            name = "retry",
            description = "Retries failed, cancelled or waiting jobs now.",
            mixinStandardHelpOptions = true)
    int retry(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "ID",
                            description = "The jobs; the beginnings of their ids are enough.")
                    List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "retried", JobAction.RETRY);
    }

    @Command(
            name = "pause",
            description = "Pauses jobs; slipway jobs resume continues them.",
            mixinStandardHelpOptions = true)
    int pause(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "ID",
                            description = "The jobs; the beginnings of their ids are enough.")
                    List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "paused", JobAction.PAUSE);
    }

    @Command(name = "resume", description = "Resumes paused jobs.", mixinStandardHelpOptions = true)
    int resume(
            @Parameters(
                            arity = "1..*",
                            paramLabel = "ID",
                            description = "The jobs; the beginnings of their ids are enough.")
                    List<String> ids,
            @Mixin CommandContext context)
            throws IOException {
        return change(context, ids, "resumed", JobAction.RESUME);
    }

    private static int change(CommandContext context, List<String> ids, String done, JobAction action)
            throws IOException {
        return context.with(services -> {
            ManagedJobs jobs = services.jobs(context.principal());
            Set<String> wanted = new LinkedHashSet<>();
            for (String id : ids) {
                wanted.add(jobs.identify(id));
            }
            List<String> changed = jobs.apply(action, wanted);
            context.print(
                    done + " " + changed.size() + (changed.size() == 1 ? " job" : " jobs"), Map.of(done, changed));
            List<String> unchanged =
                    wanted.stream().filter(id -> !changed.contains(id)).toList();
            if (!unchanged.isEmpty()) {
                throw new IOException(String.join(", ", unchanged) + " " + action.refusal());
            }
        });
    }
}
