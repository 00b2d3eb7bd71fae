package dev.slipway.ingest.archive;

import dev.slipway.ingest.archive.ManifestServer.Entry;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Sends the entries of one archive to a server, page by page, so that the memory for them is bounded. The id of an entry
 * follows from the archive and its position: what is sent again replaces what was sent before.
 */
final class ManifestPages {
    /** The most entries of a page. */
    private static final int MOST = 1000;

    /** The most characters of a page, unless its first entry has more. */
    private static final int MOST_CHARACTERS = 1 << 20;

    /** How often an entry is sent while the server is busy. */
    private static final int TRIES = 5;

    private static final long FIRST_PAUSE_MILLIS = 250;

    private final ManifestServer.Connection server;
    private final String index;
    private final UUID archive;
    private final JobRun run;
    private final CountDownLatch stopped;
    private final List<Entry> page = new ArrayList<>();
    private int characters;
    private int most = MOST;
    private int position;
    private int refused;
    private String firstRefusal = "";

    /** @param stopped counted down when the run is to end */
    ManifestPages(ManifestServer.Connection server, String index, UUID archive, JobRun run, CountDownLatch stopped) {
        this.server = server;
        this.index = index;
        this.archive = archive;
        this.run = run;
        this.stopped = stopped;
    }

    /** Adds the next entry. Blocks for the server if that makes a page full. */
    void add(String json) throws IOException, JobStoppedException {
        if (page.size() >= most || (!page.isEmpty() && characters + json.length() > MOST_CHARACTERS)) {
            flush();
        }
        page.add(new Entry(archive + "-" + position++, json));
        characters += json.length();
    }

    /**
     * Sends what is left. Blocks for the server.
     *
     * @return how many entries the server has stored in all
     * @throws UnusableManifestException it has refused at least one for good, and stored the others
     */
    int finish() throws IOException, JobStoppedException {
        flush();
        if (refused > 0) {
            throw new UnusableManifestException(
                    "the server has refused " + refused + " of " + position + (position == 1 ? " entry" : " entries")
                            + " of archive " + archive + ". The first: " + firstRefusal);
        }
        return position;
    }

    private void flush() throws IOException, JobStoppedException {
        if (!page.isEmpty()) {
            send(List.copyOf(page));
            page.clear();
            characters = 0;
        }
    }

    private void send(List<Entry> entries) throws IOException, JobStoppedException {
        List<Entry> left = entries;
        for (int attempt = 1; !left.isEmpty(); attempt++) {
            run.throwIfStopped();
            String reason = "";
            switch (server.write(index, left)) {
                case BulkAnswer.Seen seen -> {
                    List<Entry> again = new ArrayList<>();
                    for (BulkAnswer.Refusal refusal : seen.refused()) {
                        if (refusal.isTemporary()) {
                            again.add(left.get(refusal.position()));
                            reason = refusal.reason();
                        } else {
                            refuse(refusal.reason());
                        }
                    }
                    left = again;
                }
                case BulkAnswer.Busy busy -> reason = busy.reason();
                case BulkAnswer.TooLarge tooLarge -> {
                    sendInSmallerPages(left, tooLarge);
                    return;
                }
            }
            if (!left.isEmpty()) {
                if (attempt == TRIES) {
                    throw new IOException(
                            "the server does not take " + left.size() + (left.size() == 1 ? " entry" : " entries")
                                    + " of archive " + archive + " now: " + reason);
                }
                pause(attempt);
            }
        }
    }

    /** Later pages are as small, too. */
    private void sendInSmallerPages(List<Entry> entries, BulkAnswer.TooLarge reason)
            throws IOException, JobStoppedException {
        if (entries.size() == 1) {
            refuse(reason.reason());
            return;
        }
        most = Math.min(most, entries.size() / 2);
        for (int sent = 0; sent < entries.size(); ) {
            int end = Math.min(entries.size(), sent + most);
            send(entries.subList(sent, end));
            sent = end;
        }
    }

    private void refuse(String reason) {
        firstRefusal = refused++ == 0 ? reason : firstRefusal;
    }

    private void pause(int attempt) throws IOException, JobStoppedException {
        try {
            boolean _ = stopped.await(FIRST_PAUSE_MILLIS << attempt, TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        run.throwIfStopped();
    }
}
