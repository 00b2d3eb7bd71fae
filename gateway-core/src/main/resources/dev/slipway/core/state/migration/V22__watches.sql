-- Watched folders: which gateway looks at each, and whether somebody has paused it.
CREATE TABLE watches (
    name   TEXT    NOT NULL PRIMARY KEY,
    run    TEXT,             -- the run of the gateway that looks at the folder; none, or one that has ended: nobody does
    paused BOOLEAN NOT NULL
);

-- Files of watched folders that are stored or are being stored.
CREATE TABLE watched_files (
    watch    TEXT    NOT NULL,
    path     TEXT    NOT NULL, -- below the folder
    inode    BIGINT  NOT NULL, -- with size and modified: the version of the file; 0 if not compared
    size     BIGINT  NOT NULL,
    modified BIGINT  NOT NULL, -- nanoseconds since 1970
    state    TEXT    NOT NULL, -- STORING, RESUMABLE or STORED
    target   TEXT    NOT NULL, -- the path that it is stored at, as the target sees it
    etag     TEXT    NOT NULL, -- of the stored object; empty: not stored yet, or unknown
    attempts INTEGER NOT NULL, -- that have failed one after the other, at storing it or at what follows
    problem  TEXT    NOT NULL, -- what went wrong at last; empty: nothing
    changed  BIGINT  NOT NULL, -- when this row was, milliseconds since 1970
    PRIMARY KEY (watch, path)
);
CREATE INDEX watched_files_failing ON watched_files (watch, changed) WHERE attempts > 0;
