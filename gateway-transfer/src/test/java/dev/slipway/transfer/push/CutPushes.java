package dev.slipway.transfer.push;

import dev.slipway.testing.Patience;
import dev.slipway.transfer.job.Job;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobKind;
import dev.slipway.transfer.job.JobResult;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import dev.slipway.transfer.remote.Capabilities;
import dev.slipway.transfer.remote.Remote;
import dev.slipway.transfer.remote.RemoteClient;
import dev.slipway.transfer.remote.RemoteConnection;
import dev.slipway.transfer.remote.Remotes;
import dev.slipway.transfer.remote.WatchedClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pushes that stop forever at a step, like those of a gateway that is killed there. A step is the moment before or
 * after a request to the remote, or a write to the state database. From then on, nothing that a job does reaches the
 * remote or the database any more, not even cleaning up, and its connection is dropped.
 */
final class CutPushes implements JobKind, AutoCloseable {
    /** Test machines have few processors. */
    private static final int AT_ONCE = 6;

    private static final int PATIENCE_SECONDS = Patience.SECONDS;

    /** The step of a job's own thread. */
    private static final ThreadLocal<@Nullable Cut> CURRENT = new ThreadLocal<>();

    private final Map<String, Cut> cuts = new ConcurrentHashMap<>();
    private final Map<RemoteConnection, Cut> connections = new ConcurrentHashMap<>();
    private final Semaphore turns = new Semaphore(AT_ONCE);
    private final CountDownLatch end = new CountDownLatch(1);
    private final RemoteClient client = WatchedClient.of(this::at);
    private final JobKind pushes;

    /** Creates the kind of jobs that are cut, from what has to be observed. */
    interface Kinds {
        JobKind of(RemoteClient client, Remotes remotes);
    }

    CutPushes(Remotes remotes, Kinds kinds) {
        this.pushes = kinds.of(client, new WatchedRemotes(remotes));
    }

    /**
     * Sets where a job stops that has not been submitted yet.
     *
     * @param step one of {@link Cut#steps()}; the job runs to its end if it never reaches this step
     */
    Cut cut(String job, String step) {
        Cut cut = new Cut(step);
        cuts.put(job, cut);
        return cut;
    }

    /** A job's steps. */
    final class Cut {
        private final String last;
        private final List<String> steps = new ArrayList<>();
        private final Map<String, Integer> times = new HashMap<>();
        private final CountDownLatch over = new CountDownLatch(1);
        private @Nullable RemoteConnection connection;

        Cut(String last) {
            this.last = last;
        }

        /** Its steps so far, numbered if repeated. The last is where it stopped, if it did. */
        synchronized List<String> steps() {
            return List.copyOf(steps);
        }

        synchronized boolean isCut() {
            return !steps.isEmpty() && steps.getLast().equals(last);
        }

        /** Waits until it has stopped, or ended earlier. */
        void await() throws InterruptedException {
            if (!over.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("neither cut nor done: " + steps());
            }
        }

        private synchronized void connected(RemoteConnection value) {
            connection = value;
        }

        private void step(String name) throws IOException {
            RemoteConnection dropped = null;
            synchronized (this) {
                if (!isCut()) {
                    steps.add(name + " " + times.merge(name, 1, Integer::sum));
                    if (!isCut()) {
                        return;
                    }
                    dropped = connection;
                }
            }
            if (dropped != null) {
                dropped.close();
            }
            over();
            standStill();
        }

        private synchronized void over() {
            if (over.getCount() > 0) {
                over.countDown();
                turns.release();
            }
        }
    }

    /** Blocks until the test has ended and no longer looks at the job. */
    private void standStill() throws IOException {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the gateway was killed");
    }

    /** The job's own thread makes the first request on a connection. */
    private void at(RemoteConnection connection, String step) throws IOException {
        Cut cut = connections.computeIfAbsent(connection, it -> {
            Cut own = current();
            own.connected(it);
            return own;
        });
        cut.step(step);
    }

    private static Cut current() {
        Cut cut = CURRENT.get();
        if (cut == null) {
            throw new IllegalStateException("not a thread of a job");
        }
        return cut;
    }

    private static void step(Cut cut, String name) throws JobException {
        try {
            cut.step(name);
        } catch (IOException e) {
            throw JobException.temporary(String.valueOf(e.getMessage()), e);
        }
    }

    @Override
    public String name() {
        return pushes.name();
    }

    @Override
    public JobResult run(JobRun run) throws JobException, JobStoppedException {
        Cut cut = cuts.get(run.job().id());
        if (cut == null) {
            throw new IllegalStateException("no such job");
        }
        turns.acquireUninterruptibly();
        CURRENT.set(cut);
        try {
            step(cut, "before all");
            JobResult result = pushes.run(new CutRun(run, cut));
            step(cut, "after all");
            return result;
        } catch (JobException | RuntimeException e) {
            if (cut.isCut()) {
                // It fails only because its connection was dropped.
                step(cut, "failed");
            }
            throw e;
        } finally {
            CURRENT.remove();
            cut.over();
        }
    }

    @Override
    public void discard(JobRun run) {
        throw new IllegalStateException("nothing is to be discarded");
    }

    /** Lets the stopped threads end. To be called before the engine is closed. */
    void release() {
        end.countDown();
    }

    @Override
    public void close() {
        client.close();
    }

    private static final class CutRun implements JobRun {
        private final JobRun run;
        private final Cut cut;

        CutRun(JobRun run, Cut cut) {
            this.run = run;
            this.cut = cut;
        }

        @Override
        public Job job() {
            return run.job();
        }

        @Override
        public String checkpoint() {
            return run.checkpoint();
        }

        @Override
        public void save(String checkpoint) throws JobException {
            step(cut, "before save");
            run.save(checkpoint);
            step(cut, "after save");
        }

        @Override
        public boolean reserve(String place, long bytes, long available) throws JobException {
            step(cut, "before reserve");
            boolean reserved = run.reserve(place, bytes, available);
            step(cut, "after reserve");
            return reserved;
        }

        @Override
        public boolean isInTheWay() throws JobException {
            return run.isInTheWay();
        }

        @Override
        public void progress(String phase, long bytesDone, long bytesTotal) {
            if (!cut.isCut()) {
                run.progress(phase, bytesDone, bytesTotal);
            }
        }

        @Override
        public void progress(String phase, long bytesDone, long bytesTotal, long filesDone, long filesTotal) {
            progress(phase, bytesDone, bytesTotal);
        }

        @Override
        public void sends(String mode, int parts) {
            if (!cut.isCut()) {
                run.sends(mode, parts);
            }
        }

        @Override
        public void throwIfStopped() throws JobStoppedException {
            run.throwIfStopped();
        }

        @Override
        public void onStop(Runnable action) {
            run.onStop(action);
        }
    }

    /** Each job tests again what the remote can do. */
    private static final class WatchedRemotes implements Remotes {
        private final Remotes remotes;

        WatchedRemotes(Remotes remotes) {
            this.remotes = remotes;
        }

        @Override
        public Optional<Remote> find(String name) {
            return remotes.find(name);
        }

        @Override
        public List<Remote> all() {
            return remotes.all();
        }

        @Override
        public boolean isConfigured(String name) {
            return remotes.isConfigured(name);
        }

        @Override
        public void put(Remote remote) {
            remotes.put(remote);
        }

        @Override
        public boolean remove(String name) {
            return remotes.remove(name);
        }

        @Override
        public Optional<Capabilities> capabilities(String name) {
            return Optional.empty();
        }

        @Override
        public void remember(String name, Capabilities capabilities) {
            Cut cut = current();
            try {
                cut.step("before remember");
                remotes.remember(name, capabilities);
                cut.step("after remember");
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }
}
