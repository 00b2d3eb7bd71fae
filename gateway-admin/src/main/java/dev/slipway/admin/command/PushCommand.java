package dev.slipway.admin.command;

import dev.slipway.admin.management.ManagedPushes;
import dev.slipway.admin.management.PushDefinition;
import dev.slipway.core.VfsException;
import dev.slipway.core.unit.Durations;
import dev.slipway.core.unit.Expiry;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.remote.TransferMode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Pushes objects to a remote server. */
@Command(
        name = "push",
        description = {
            "Pushes objects to a remote server: one, or all that match a prefix or pattern.",
            "The push is a job that runs in the background; slipway jobs shows it."
        },
        sortOptions = false,
        mixinStandardHelpOptions = true)
final class PushCommand implements Callable<Integer> {
    @Mixin
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandContext context;

    @Parameters(
            index = "0",
            paramLabel = "SOURCE",
            description =
                    "Source: BUCKET:KEY, BUCKET:PREFIX/ or BUCKET:PATTERN (with * ? **), ACCOUNT@/PATH, or a URL.")
    private String source = "";

    @Parameters(
            index = "1",
            paramLabel = "DESTINATION",
            description = "Destination: REMOTE:/PATH; a path that ends with / is a folder.")
    private String destination = "";

    @Option(names = "--wait", description = "Wait for the end and show the progress. The exit status is 0 on success.")
    private boolean wait;

    @Option(
            names = "--version-id",
            paramLabel = "ID",
            description = "Push this version of the object instead of the newest one.")
    private @Nullable String versionId;

    @Option(
            names = "--include",
            paramLabel = "PATTERN",
            description = "Include only objects whose path below the prefix matches; repeatable.")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "PATTERN", description = "Exclude matching objects; repeatable.")
    private List<String> exclude = List.of();

    @Option(
            names = "--newer",
            description =
                    "Include only objects whose version no earlier push with --newer has sent to that destination.")
    private boolean newer;

    @Option(names = "--overwrite", description = "Replace existing files.")
    private boolean overwrite;

    @Option(names = "--make-folders", description = "Create missing folders.")
    private boolean makeFolders;

    @Option(
            names = "--allow-empty",
            description = "Succeed even if the prefix or pattern matches no object. Without it, such a push fails.")
    private boolean allowEmpty;

    @Option(
            names = "--mode",
            paramLabel = "MODE",
            description = "Transfer mode: auto, direct (the remote fetches the object) or streaming (the gateway sends"
                    + " it). Default: the remote's mode")
    private @Nullable TransferMode mode;

    @Option(
            names = "--priority",
            paramLabel = "N",
            defaultValue = "0",
            description = "Priority from -100 to 100; higher ones run first. Default: ${DEFAULT-VALUE}")
    private int priority;

    @Option(
            names = "--deadline",
            paramLabel = "TIME",
            description = "When to give up: after 30m, 12h or 7d, or at 2030-01-31T18:00:00Z. Default:"
                    + " transfer.deadline, or never")
    private @Nullable String deadline;

    @Option(
            names = "--attempts",
            paramLabel = "N",
            description = "How many attempts in a row may fail without progress. Default: transfer.attempts")
    private @Nullable Integer attempts;

    @Option(
            names = "--first-pause",
            paramLabel = "TIME",
            description = "The pause after the first failure, such as 30s; each further failure doubles it."
                    + " Default: transfer.firstPause")
    private @Nullable String firstPause;

    @Option(
            names = "--longest-pause",
            paramLabel = "TIME",
            description = "The longest pause between attempts, such as 10m. Default: transfer.longestPause")
    private @Nullable String longestPause;

    @Option(
            names = "--id",
            paramLabel = "ID",
            description =
                    "The job's id. Repeating the same push with it does not send the file again; another push with"
                            + " it is refused. Default: a random one")
    private @Nullable String id;

    @Override
    public Integer call() throws IOException {
        if (wait && !context.caller().administrator()) {
            throw context.wrong("--wait is not available here: the reply comes when the job is stored");
        }
        Instant until = deadline == null ? null : parseDeadline(deadline);
        return context.with(services -> {
            ManagedPushes pushes = services.pushes(context.principal());
            PushDefinition push = definition(until);
            new GivenOptions(context)
                    .number("priority", "--priority", priority)
                    .number("attempts", "--attempts", attempts)
                    .text("firstPause", "--first-pause", firstPause)
                    .text("longestPause", "--longest-pause", longestPause)
                    .text("id", "--id", id)
                    .check(pushes.problems(push));
            Job job = pushes.submit(push);
            if (wait) {
                context.note("job " + job.id());
                new JobWatch(context, services.jobs(context.principal())).untilSuccess(job.id());
            } else {
                String next = context.caller().administrator() ? "slipway jobs show " : "SITE JOBS show ";
                context.print("job " + job.id() + " was accepted; " + next + job.id() + " shows it", JobView.json(job));
            }
        });
    }

    private PushDefinition definition(@Nullable Instant until) throws VfsException {
        return new PushDefinition(
                source(),
                versionId,
                Map.of(),
                destination,
                include,
                exclude,
                newer,
                overwrite,
                makeFolders,
                allowEmpty,
                mode,
                priority,
                until,
                attempts,
                duration("--first-pause", firstPause),
                duration("--longest-pause", longestPause),
                null,
                id);
    }

    /** The paths of an account begin at its working directory. */
    private String source() throws VfsException {
        Caller caller = context.caller();
        if (caller.administrator()) {
            return source;
        }
        String path = caller.directory().resolve(source).toString();
        return path + (source.endsWith("/") && !path.endsWith("/") ? "/" : "");
    }

    private @Nullable Duration duration(String option, @Nullable String text) {
        try {
            return text == null ? null : Durations.parse(text);
        } catch (IllegalArgumentException e) {
            throw context.wrong(option + " '" + text + "': expected " + e.getMessage());
        }
    }

    private Instant parseDeadline(String text) {
        try {
            if (text.matches("[1-9]\\d{0,5}[smhd]")) {
                return Instant.now().plus(Durations.parse(text));
            }
            return Expiry.parse(text);
        } catch (IllegalArgumentException e) {
            throw context.wrong(
                    "--deadline '" + text + "': expected a time from now such as 30m, 12h or 7d, or " + e.getMessage());
        }
    }
}
