package dev.slipway.transfer.push;

import dev.slipway.core.store.PresignedRequest;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.push.Checkpoint.Piece;
import dev.slipway.transfer.remote.Execution;
import dev.slipway.transfer.remote.ExecutionResult;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.RemoteException;
import dev.slipway.transfer.remote.RemoteFailure;
import dev.slipway.transfer.remote.ShellWords;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The remote fetches the pieces itself, with curl, each on a channel of its own, and writes them where they belong in one file.
 * Standard output is that file: dd moves its offset, and curl writes on from there, so that nothing is copied a second time.
 */
final class DirectTransfer implements PushWork.Sender {
    /** The bytes of a range. What is whole of them is known to be there, whatever happens to the connection. */
    private static final long RANGE_BYTES = 16L << 20;

    /** The most ranges of one command: a presigned URL does not live for ever. */
    private static final int RANGES = 64;

    /** How often in a row a piece may fail without getting any further. */
    private static final int TRIES = 5;

    private static final long FIRST_PAUSE_MILLIS = 500;

    /** More than curl itself waits. */
    private static final Duration SILENCE = Duration.ofMinutes(5);

    /** Of a file and an offset. */
    private static final String SCRIPT =
            "exec 1<>\"$1\" && dd bs=1 seek=\"$2\" count=0 conv=notrunc </dev/null 2>/dev/null"
                    + " && exec curl -q --config -";

    /** Of what curl has to say; a line for each range, and the reason in the end. */
    private static final int OUTPUT_BYTES = 64 << 10;

    private static final Pattern REPORT =
            Pattern.compile(Pattern.quote(CurlConfiguration.REPORT) + "([0-9]{3}) ([0-9]{1,18})");

    /** curl's own exit codes. */
    private static final int WRITE_ERROR = 23;

    private static final int TOO_LARGE = 63;

    /** No proxy, no address, no connection, too late, no TLS, no trust. */
    private static final Set<Integer> UNREACHABLE = Set.of(5, 6, 7, 28, 35, 60);

    private static final int OK = 200;
    private static final int PARTIAL_CONTENT = 206;
    private static final int TIMEOUT = 408;
    private static final int REPLACED = 412;
    private static final int TOO_MANY_REQUESTS = 429;

    private final JobRun run;
    private final PushWork work;
    private final Source source;
    private final RemoteConnection connection;

    /** Whether the remote has reached the store. */
    private volatile boolean reached;

    /** Whether curl has said once that it cannot. */
    private volatile boolean unreachable;

    DirectTransfer(JobRun run, PushWork work, Source source, RemoteConnection connection) {
        this.run = run;
        this.work = work;
        this.source = source;
        this.connection = connection;
    }

    /** Whether the remote has no way to the store. */
    boolean isUnreachable() {
        return unreachable && !reached;
    }

    @Override
    public void send(int index) throws JobException, JobStoppedException, RemoteException {
        int failures = 0;
        while (!work.piece(index).isWhole()) {
            run.throwIfStopped();
            long before = work.piece(index).written();
            String problem = fetch(index);
            if (problem == null) {
                continue;
            }
            if (isUnreachable()) {
                throw JobException.temporary(problem);
            }
            failures = work.piece(index).written() > before ? 0 : failures + 1;
            if (failures == TRIES) {
                throw JobException.temporary(problem);
            }
            pause(FIRST_PAUSE_MILLIS << failures);
        }
    }

    /** Until the time is over or the work is stopped. */
    private void pause(long millis) throws JobStoppedException, JobException {
        CountDownLatch stopped = new CountDownLatch(1);
        run.onStop(stopped::countDown);
        try {
            if (stopped.await(millis, TimeUnit.MILLISECONDS)) {
                run.throwIfStopped();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw JobException.temporary("the work was interrupted", e);
        }
    }

    /** The ranges of one command, and what is known of them. */
    private final class Fetch {
        private final int index;
        private final List<Long> ends = new ArrayList<>();
        private long at;
        private int next;
        private int status;
        private boolean wrong;

        Fetch(int index, long at) {
            this.index = index;
            this.at = at;
        }

        /** Takes a line of curl's. */
        synchronized void line(String line) {
            Matcher report = REPORT.matcher(line.strip());
            if (!report.matches() || next == ends.size() || wrong) {
                return;
            }
            status = Integer.parseInt(report.group(1));
            long bytes = Long.parseLong(report.group(2));
            long wanted = ends.get(next) - at;
            boolean everything = at == 0 && ends.get(next) == work.version().size();
            boolean whole = status == PARTIAL_CONTENT || (status == OK && everything);
            if (bytes > wanted || (bytes > 0 && !whole)) {
                wrong = true;
                return;
            }
            at += bytes;
            if (bytes == wanted) {
                next++;
            }
            if (bytes > 0) {
                work.written(index, at, null);
            }
        }
    }

    /** Fetches some ranges of a piece; says what was wrong if not all of them have come, and another try may help. */
    private @Nullable String fetch(int index) throws JobException, RemoteException {
        Piece piece = work.piece(index);
        PresignedRequest request = source.request(work.version());
        Fetch fetch = new Fetch(index, piece.written());
        CurlConfiguration configuration = new CurlConfiguration();
        for (long from = piece.written(); from < piece.end() && fetch.ends.size() < RANGES; from += RANGE_BYTES) {
            long end = Math.min(piece.end(), from + RANGE_BYTES);
            configuration.add(request, from, end);
            fetch.ends.add(end);
        }
        String command =
                "set -- " + ShellWords.quote(work.checkpoint().temporary()) + " " + piece.written() + "\n" + SCRIPT;
        ExecutionResult result;
        Execution execution = connection.start(command, configuration.bytes(), SILENCE, OUTPUT_BYTES, fetch::line);
        work.unblockWith(execution);
        try (execution) {
            result = execution.await();
        } finally {
            work.closed(execution);
        }
        synchronized (fetch) {
            if (result.status() == 0 && fetch.next == fetch.ends.size()) {
                reached = true;
                return null;
            }
            return problem(fetch, result);
        }
    }

    private String problem(Fetch fetch, ExecutionResult result) throws JobException, RemoteException {
        String said = result.errors()
                .lines()
                .filter(line -> !line.startsWith(CurlConfiguration.REPORT))
                .reduce((_, last) -> last)
                .map(line -> ": " + line)
                .orElse("");
        if (fetch.wrong || result.status() == TOO_LARGE) {
            throw JobException.permanent("the store sends the remote something else than the range that it asks for");
        }
        if (result.status() == WRITE_ERROR) {
            throw new RemoteException(RemoteFailure.NO_SPACE, "the remote cannot write the file" + said);
        }
        int status = fetch.status;
        reached |= status > 0;
        unreachable |= UNREACHABLE.contains(result.status());
        if (status == REPLACED) {
            throw JobException.temporary("the source was replaced while it was sent");
        }
        if (status >= 400 && status < 500 && status != TIMEOUT && status != TOO_MANY_REQUESTS) {
            throw JobException.permanent("the store answers the remote with " + status);
        }
        return "the remote could not fetch from the store (exit status " + result.status() + ")" + said;
    }
}
