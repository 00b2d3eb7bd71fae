package dev.slipway.ingest.watch;

import java.time.Duration;

class PollingFolderWatchTest extends FolderWatchContract {
    @Override
    WatchMode mode() {
        return WatchMode.POLLING;
    }

    @Override
    Duration interval() {
        return Duration.ofMillis(20);
    }
}
