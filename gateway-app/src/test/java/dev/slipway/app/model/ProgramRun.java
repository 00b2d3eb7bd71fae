package dev.slipway.app.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.slipway.app.model.ReferenceFileSystem.Refusal;
import dev.slipway.core.Failure;
import dev.slipway.core.store.Bytes;
import dev.slipway.testing.Patience;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;

/** Runs a program against Slipway and against the model, in its own directory, and compares the answers. */
final class ProgramRun implements AutoCloseable {
    /** Small enough that no part of an upload reaches the store during an outage. */
    private static final int MOST_IN_OUTAGE = 1000;

    private final Site site;
    private final boolean alone;
    private final ReferenceFileSystem model = new ReferenceFileSystem();
    private final FileClient sftp;
    private final FileClient ftps;
    private final String directory;
    private final Set<String> uploaded = new TreeSet<>();
    private final List<String> answers = new ArrayList<>();
    private boolean outage;

    /** A gateway that did not receive the id of a multipart upload cannot abort it; lifecycle rules exist for that. */
    private int lostReplies;

    /** @param alone whether no other program uses the site at the same time */
    ProgramRun(Site site, boolean alone) throws IOException {
        this.site = site;
        this.alone = alone;
        this.sftp = new SftpFiles(site);
        this.ftps = new FtpsFiles(site);
        this.directory = site.newDirectory();
        assertThat(actual(step(Protocol.SFTP, Verb.MKDIR, ""), new byte[0])).isEqualTo(Answers.OK);
    }

    private static Step step(Protocol protocol, Verb verb, String path) {
        return new Step(protocol, verb, path, "", 0);
    }

    /** Runs all steps, and finally compares the whole tree and the bucket. */
    void run(List<Draft> drafts) throws IOException, InterruptedException {
        for (int i = 0; i < drafts.size(); i++) {
            Step step = drafts.get(i).settled(model);
            if (step.verb() == Verb.RESUME_CUT && model.isWhole(step.path())) {
                // The model does not say what is kept of an interrupted append.
                continue;
            }
            perform(step, content(i, step));
        }
        if (alone) {
            site.reachStoreAgain();
        }
        outage = false;
        compareTrees();
        compareBucket();
    }

    /** Different bytes for each step, always the same ones. */
    private byte[] content(int index, Step step) {
        return switch (step.verb()) {
            case PUT, PUT_NEW, CUT, CUT_NEW, CUT_BY_RESTART, ABORT, RESUME, RESUME_CUT, RESUME_AT ->
                Bytes.random(index + 1, outage ? Math.min(step.number(), MOST_IN_OUTAGE) : step.number());
            case GET,
                    GET_FROM,
                    STAT,
                    SIZE,
                    TIME,
                    LIST,
                    MKDIR,
                    RMDIR,
                    DELETE,
                    RENAME,
                    REPLACE,
                    TOUCH,
                    COPY,
                    COPY_NEW,
                    COPY_DATA,
                    CHECKSUM,
                    RECONNECT,
                    RESTART,
                    HICCUP,
                    OUTAGE -> new byte[0];
        };
    }

    private void perform(Step step, byte[] content) throws IOException {
        switch (step.verb()) {
            case RECONNECT -> {
                answers.add(step.toString());
                client(step.protocol()).drop();
            }
            case RESTART -> {
                answers.add(step.toString());
                site.reachStoreAgain();
                outage = false;
                restart();
                compareTrees();
            }
            case HICCUP -> {
                answers.add(step.toString());
                if (Site.losesReply(step.number())) {
                    lostReplies++;
                }
                site.failOneRequest(step.number());
            }
            case OUTAGE -> {
                answers.add(step.toString());
                site.host().awaitRest();
                site.cutOffStore();
                outage = true;
            }
            default -> {
                if (outage && step.verb() != Verb.CUT_BY_RESTART) {
                    performInOutage(step, content);
                } else {
                    if (outage) {
                        site.reachStoreAgain();
                        outage = false;
                    }
                    compare(step, content);
                }
            }
        }
    }

    private void restart() throws IOException {
        sftp.drop();
        ftps.drop();
        site.host().restart();
    }

    private FileClient client(Protocol protocol) {
        return switch (protocol) {
            case SFTP -> sftp;
            case FTPS -> ftps;
        };
    }

    private void compare(Step step, byte[] content) throws IOException {
        String actual = actual(step, content);
        String expected = expected(step, content);
        answers.add(step + "\n    " + actual);
        assertThat(actual).as("the last of\n%s", String.join("\n", answers)).isEqualTo(expected);
        Step stat = step(step.protocol(), Verb.STAT, step.path());
        if (actual.equals(Answers.CUT)
                && step.verb() == Verb.CUT_BY_RESTART
                && site.host().isKilled()) {
            if (content.length < ReferenceFileSystem.PART
                    && !actual(stat, content).equals(expected(stat, content))) {
                // It may have ended before its beginning was recorded.
                model.forgetUpload(step.path());
            }
            compare(stat, content);
        } else if (actual.equals(Answers.CUT) && !alone) {
            awaitCut(stat);
        }
    }

    /** Waits until the gateway has noticed that an upload was interrupted. */
    private void awaitCut(Step stat) throws IOException {
        byte[] none = new byte[0];
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(Site.TIMEOUT_MILLIS);
        String expected = expected(stat, none);
        while (System.nanoTime() < end && !actual(stat, none).equals(expected)) {
            // Asked again at once: each query takes its time.
        }
        compare(stat, none);
    }

    /**
     * Performs a step without the store: what needs the store fails as unavailable and changes nothing, except that an
     * upload may have begun.
     */
    private void performInOutage(Step step, byte[] content) throws IOException {
        String actual = actual(step, content);
        site.reachStoreAgain();
        outage = false;
        if (!actual.equals(step.protocol().refusal(Failure.UNAVAILABLE))) {
            String expected = expected(step, content);
            answers.add(step + "\n    " + actual);
            assertThat(actual).as("the last of\n%s", String.join("\n", answers)).isEqualTo(expected);
            return;
        }
        answers.add(step + "\n    " + actual);
        String path = step.verb() == Verb.COPY_DATA ? step.target() : step.path();
        if (content.length > 0 || isUpload(step.verb())) {
            site.host().awaitRest();
            Step stat = step(step.protocol(), Verb.STAT, path);
            String seen = actual(stat, content);
            if (!seen.equals(expected(stat, content))) {
                model.beginAndLoseAll(path);
            }
            compare(stat, content);
        }
    }

    /** A killed gateway keeps what the store has: complete parts must have arrived before. */
    private void awaitParts(String path, int bytes) throws IOException {
        if (site.host().isKilled()) {
            try {
                Patience.await("parts", () -> site.storedParts(path) >= bytes / ReferenceFileSystem.PART);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
    }

    private static boolean isUpload(Verb verb) {
        return switch (verb) {
            case PUT, PUT_NEW, CUT, CUT_NEW, ABORT, RESUME, RESUME_CUT, RESUME_AT, COPY_DATA -> true;
            default -> false;
        };
    }

    private String actual(Step step, byte[] content) throws IOException {
        Step onServer = new Step(
                step.protocol(),
                step.verb(),
                directory + step.path(),
                step.target().isEmpty() ? "" : directory + step.target(),
                step.number());
        if (isUpload(step.verb()) || step.verb() == Verb.CUT_BY_RESTART) {
            uploaded.add(step.path());
        }
        try {
            String answer = client(step.protocol()).perform(onServer, content, () -> {
                if (step.verb() == Verb.CUT_BY_RESTART) {
                    awaitParts(onServer.path(), content.length);
                    restart();
                }
            });
            if ((answer.equals(Answers.CUT) || answer.equals(Answers.ABORTED)) && alone) {
                // The gateway notices the end of a connection with a delay.
                site.host().awaitRest();
            }
            return answer;
        } catch (RefusedException e) {
            return Answers.refused(e.code());
        } catch (IOException e) {
            throw new IOException("no answer to " + step + " after\n" + String.join("\n", answers), e);
        }
    }

    private String expected(Step step, byte[] content) {
        try {
            return answer(step, content);
        } catch (Refusal e) {
            return step.protocol().refusal(e.failure());
        }
    }

    private String answer(Step step, byte[] content) throws Refusal {
        String path = step.path();
        boolean byFtp = step.protocol() == Protocol.FTPS;
        switch (step.verb()) {
            case PUT -> model.put(path, content, false);
            case PUT_NEW -> model.put(path, content, true);
            case RESUME -> model.resume(path, content, false);
            case RESUME_AT -> {
                if (!model.resumeAt(path, ReferenceFileSystem.PART, content)) {
                    return Answers.refused(554);
                }
            }
            case CUT -> {
                model.cut(path, content, false);
                return Answers.CUT;
            }
            case CUT_BY_RESTART -> {
                if (site.host().isKilled()) {
                    model.kill(path, content);
                } else {
                    model.cut(path, content, false);
                }
                return Answers.CUT;
            }
            case CUT_NEW -> {
                model.cut(path, content, true);
                return Answers.CUT;
            }
            case RESUME_CUT -> {
                model.resume(path, content, true);
                return Answers.CUT;
            }
            case ABORT -> {
                model.cut(path, content, false);
                return Answers.ABORTED;
            }
            case GET -> {
                return Answers.bytes(model.get(path));
            }
            case GET_FROM -> {
                byte[] bytes = model.get(path);
                if (step.number() <= bytes.length) {
                    return Answers.bytes(Arrays.copyOfRange(bytes, step.number(), bytes.length));
                }
                return byFtp ? Answers.refused(554) : Answers.bytes(new byte[0]);
            }
            case STAT -> {
                return model.stat(path);
            }
            case SIZE -> {
                return model.size(path);
            }
            case TIME -> {
                return model.modified(path);
            }
            case LIST -> {
                return model.list(path);
            }
            case MKDIR -> model.mkdir(path);
            case RMDIR -> model.rmdir(path);
            case DELETE -> model.delete(path);
            case RENAME -> model.rename(path, step.target(), false);
            case REPLACE -> {
                if (byFtp) {
                    // RNFR looks up the path before RNTO.
                    model.stat(path);
                }
                model.rename(path, step.target(), true);
            }
            case TOUCH -> model.touch(path, step.number());
            case COPY -> {
                if (byFtp) {
                    model.requireFile(path);
                }
                model.copy(path, step.target(), false);
            }
            case COPY_NEW -> model.copy(path, step.target(), true);
            case COPY_DATA -> model.copyData(path, step.target());
            case CHECKSUM -> {
                return "sha256 " + Answers.sha256(model.get(path));
            }
            case RECONNECT, RESTART, HICCUP, OUTAGE -> throw new IllegalArgumentException(step.toString());
        }
        return Answers.OK;
    }

    /** Compares everything that both clients can see. */
    private void compareTrees() throws IOException {
        byte[] none = new byte[0];
        compare(step(Protocol.SFTP, Verb.LIST, ""), none);
        compare(step(Protocol.FTPS, Verb.LIST, ""), none);
        Set<String> paths = new TreeSet<>(model.paths());
        paths.addAll(uploaded);
        Protocol next = Protocol.SFTP;
        for (String path : paths) {
            compare(step(next, Verb.STAT, path), none);
            next = next == Protocol.SFTP ? Protocol.FTPS : Protocol.SFTP;
            if (model.isDirectory(path)) {
                compare(step(next, Verb.LIST, path), none);
            } else {
                compare(step(next, Verb.GET, path), none);
            }
        }
    }

    /** The content of the bucket itself: files, directory markers, parts of interrupted uploads. */
    private void compareBucket() throws IOException, InterruptedException {
        Set<String> keys = site.keysBelow(directory);
        Set<String> files = new TreeSet<>();
        Set<String> markers = new TreeSet<>();
        for (String path : model.paths()) {
            if (model.isDirectory(path)) {
                markers.add(key(path) + "/");
                assertThat(keys).as("directories are there").anyMatch(key -> key.startsWith(key(path) + "/"));
            } else {
                files.add(key(path));
            }
        }
        assertThat(keys).as("files are there").containsAll(files);
        keys.removeAll(files);
        assertThat(markers).as("all else is markers").containsAll(keys);
        Set<String> kept = Set.copyOf(model.keptUploads());
        for (String path : uploaded) {
            // Discarded uploads are aborted in the background.
            Patience.await(
                    "of " + path + " is kept what the model keeps, after\n" + String.join("\n", answers),
                    () -> isExpected(site.pendingUploads(directory + path), kept.contains(path), path));
        }
    }

    private boolean isExpected(long pending, boolean isKept, String path) {
        int least = isKept ? 1 : 0;
        // The store may have a part even of an upload that cannot be resumed.
        int most = model.isKept(path) ? 1 : 0;
        return pending >= least && pending <= most + lostReplies;
    }

    private String key(String path) {
        return directory.substring(1) + path;
    }

    @Override
    public void close() {
        sftp.close();
        ftps.close();
    }
}
