package dev.slipway.ingest.rule;

import dev.slipway.core.VfsException;
import dev.slipway.core.VirtualPath;
import dev.slipway.core.vfs.FileDownload;
import dev.slipway.ingest.content.Content;
import dev.slipway.ingest.content.DownloadChannel;
import dev.slipway.ingest.content.ExpansionLimits;
import dev.slipway.ingest.content.Member;
import dev.slipway.ingest.content.MemberVisitor;
import dev.slipway.transfer.job.JobException;
import dev.slipway.transfer.job.JobRun;
import dev.slipway.transfer.job.JobStoppedException;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The step that decompresses a file, or expands it: an archive is checked whole before its first member is stored. */
final class Decompression {
    private final RuleFiles files;
    private final ExpansionLimits limits;
    private final boolean overwrite;
    private final JobRun run;
    private final Optional<String> etag;

    /** @param etag the ETag of the version that is read; empty for any */
    Decompression(RuleFiles files, ExpansionLimits limits, boolean overwrite, JobRun run, Optional<String> etag) {
        this.files = files;
        this.limits = limits;
        this.overwrite = overwrite;
        this.run = run;
        this.etag = etag;
    }

    /** What came out. */
    enum Result {
        /** Nothing: the file is not compressed. */
        NOTHING,
        FILE,
        FOLDER
    }

    /** Something that may have to be stopped in between. */
    @FunctionalInterface
    interface Checkpoint {
        /** The archive was checked; storing begins. */
        void save() throws JobException;
    }

    /**
     * Decompresses a file.
     *
     * @param to the path of what comes out
     * @param begun whether an earlier attempt has checked the archive, and may have stored members
     * @param checked saves that it has
     */
    Result run(VirtualPath file, VirtualPath to, boolean begun, Checkpoint checked)
            throws IOException, JobException, JobStoppedException {
        try (FileDownload download = files.open(file, etag)) {
            run.onStop(download::close);
            long size = download.entry().size();
            run.progress("looking", 0, size);
            return switch (Content.of(new DownloadChannel(download), limits)) {
                case Content.Other _ -> Result.NOTHING;
                case Content.Compressed compressed -> {
                    RuleFiles.requireOther(file, to);
                    run.progress("decompressing", 0, size);
                    try (InputStream in = compressed.open()) {
                        files.store(to, in, download.entry().modified(), overwrite);
                    }
                    yield Result.FILE;
                }
                case Content.Archive archive -> {
                    RuleFiles.requireOther(file, to);
                    if (!begun) {
                        run.progress("checking", 0, size);
                        archive.visit(new Check(to));
                        run.throwIfStopped();
                        checked.save();
                    }
                    run.progress("expanding", 0, size);
                    files.makeFolders(to);
                    archive.visit(new Storing(to));
                    yield Result.FOLDER;
                }
            };
        }
    }

    /** Something that is done for a file that came out. */
    @FunctionalInterface
    interface ForMember {
        /** The file is stored; of how many bytes, or -1 if the archive does not say it. */
        void accept(VirtualPath file, long bytes) throws IOException;
    }

    /** Reads the archive again, and does something for each of its files, which are stored. */
    void forEach(VirtualPath file, VirtualPath to, ForMember action)
            throws IOException, JobException, JobStoppedException {
        try (FileDownload download = files.open(file, etag)) {
            run.onStop(download::close);
            run.progress("submitting", 0, download.entry().size());
            if (!(Content.of(new DownloadChannel(download), limits) instanceof Content.Archive archive)) {
                run.throwIfStopped();
                throw replaced();
            }
            archive.visit(new ForEach(to, action));
        }
        run.throwIfStopped();
    }

    /** Some of the files of the archive that was there have no jobs, and nothing can tell which. */
    static JobException replaced() {
        return JobException.permanent("the archive was replaced before all of its files had jobs of their own");
    }

    /** Removes the members that this step has stored before it was given up. */
    void undo(VirtualPath file, VirtualPath to) throws IOException {
        try (FileDownload download = files.open(file, etag)) {
            if (Content.of(new DownloadChannel(download), limits) instanceof Content.Archive archive) {
                Removal removal = new Removal(to);
                archive.visit(removal);
                removal.removeFolders();
            }
        }
    }

    private static VirtualPath path(VirtualPath folder, Member member) {
        VirtualPath path = folder;
        for (String name : member.names()) {
            path = path.child(name);
        }
        return path;
    }

    /** Reads all, and looks for what is in the way. */
    private final class Check implements MemberVisitor {
        private final VirtualPath to;

        Check(VirtualPath to) {
            this.to = to;
        }

        @Override
        public void folder(Member folder) {}

        @Override
        public void file(Member file, long size, InputStream bytes) throws IOException {
            VirtualPath target = path(to, file);
            var there = files.find(target);
            if (there.isPresent() && (!overwrite || there.get().directory())) {
                throw RuleFiles.clash(target);
            }
        }
    }

    private final class Storing implements MemberVisitor {
        private final VirtualPath to;

        Storing(VirtualPath to) {
            this.to = to;
        }

        @Override
        public void folder(Member folder) throws IOException {
            files.makeFolders(path(to, folder));
        }

        @Override
        public void file(Member file, long size, InputStream bytes) throws IOException {
            files.store(path(to, file), bytes, file.modified(), overwrite);
        }
    }

    private static final class ForEach implements MemberVisitor {
        private final VirtualPath to;
        private final ForMember action;

        ForEach(VirtualPath to, ForMember action) {
            this.to = to;
            this.action = action;
        }

        @Override
        public void folder(Member folder) {}

        @Override
        public void file(Member file, long size, InputStream bytes) throws IOException {
            action.accept(path(to, file), size);
        }
    }

    private final class Removal implements MemberVisitor {
        private final VirtualPath to;
        private final List<VirtualPath> folders = new ArrayList<>();

        Removal(VirtualPath to) {
            this.to = to;
            folders.add(to);
        }

        @Override
        public void folder(Member folder) {
            add(path(to, folder));
        }

        @Override
        public void file(Member file, long size, InputStream bytes) throws IOException {
            VirtualPath path = path(to, file);
            add(path.parent());
            files.remove(path, bytes);
        }

        private void add(VirtualPath folder) {
            for (VirtualPath one = folder; one.startsWith(to) && !folders.contains(one); one = one.parent()) {
                folders.add(one);
            }
        }

        void removeFolders() throws VfsException {
            folders.sort(java.util.Comparator.comparingInt(
                            (VirtualPath folder) -> folder.segments().size())
                    .reversed());
            for (VirtualPath folder : folders) {
                files.removeIfEmpty(folder);
            }
        }
    }
}
