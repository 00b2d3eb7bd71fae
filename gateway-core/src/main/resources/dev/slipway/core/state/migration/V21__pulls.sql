-- The files that pulls have delivered: the store has confirmed them. Times of files are in seconds since 1970.
CREATE TABLE pull_files (
    place    TEXT   NOT NULL, -- the pull, and a digest of what is pulled where
    path     TEXT   NOT NULL, -- below the source folder
    size     BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    target   TEXT   NOT NULL, -- the path of the file, as the pull sees it
    seen     TEXT   NOT NULL, -- the last full run that has found it at the source
    PRIMARY KEY (place, path)
);

-- What runs have seen of files that are not delivered.
CREATE TABLE pull_looks (
    place    TEXT   NOT NULL,
    path     TEXT   NOT NULL,
    size     BIGINT NOT NULL,
    modified BIGINT NOT NULL,
    looked   BIGINT NOT NULL, -- when, milliseconds since 1970
    target   TEXT,            -- the path of an upload of this version that was begun, as the pull sees it
    PRIMARY KEY (place, path)
);

-- When pulls run next. Times are in milliseconds since 1970.
CREATE TABLE pull_schedules (
    pull        TEXT    NOT NULL PRIMARY KEY,
    timetable   TEXT    NOT NULL, -- that the times follow from
    paused      BOOLEAN NOT NULL,
    incremental BIGINT,           -- none: it has no such schedule
    full_run    BIGINT,
    skipped     BIGINT  NOT NULL, -- runs that were due while another one was queued or running
    job         TEXT              -- of the last run
);

-- The runs of pulls, with what they have done so far.
CREATE TABLE pull_runs (
    job      TEXT    NOT NULL PRIMARY KEY,
    pull     TEXT    NOT NULL,
    full_run BOOLEAN NOT NULL,
    dry_run  BOOLEAN NOT NULL,
    begun    BIGINT  NOT NULL, -- when, milliseconds since 1970
    report   TEXT    NOT NULL
);
CREATE INDEX pull_runs_of_pulls ON pull_runs (pull, begun);
