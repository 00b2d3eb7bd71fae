-- When retention tasks run next. Times are in milliseconds since 1970.
CREATE TABLE retention_tasks (
    task      TEXT   NOT NULL PRIMARY KEY,
    timetable TEXT   NOT NULL, -- that the next time follows from
    next_run  BIGINT,          -- none: it has no schedule
    skipped   BIGINT NOT NULL, -- runs that were due while another one was queued or running
    job       TEXT             -- of the last run
);

-- The runs of retention tasks, with what they have done so far.
CREATE TABLE retention_runs (
    job     TEXT    NOT NULL PRIMARY KEY,
    task    TEXT    NOT NULL,
    dry_run BOOLEAN NOT NULL,
    begun   BIGINT  NOT NULL, -- when, milliseconds since 1970
    report  TEXT    NOT NULL
);
CREATE INDEX retention_runs_of_tasks ON retention_runs (task, begun);
