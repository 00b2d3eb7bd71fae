package dev.slipway.transfer.job;

/** How far the work on a job is; see {@link Job}. */
record Progress(String phase, long bytesDone, long bytesTotal, long filesDone, long filesTotal) {
    static Progress of(Job job) {
        return new Progress(job.phase(), job.bytesDone(), job.bytesTotal(), job.filesDone(), job.filesTotal());
    }
}
