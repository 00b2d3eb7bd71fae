-- When tasks of any kind run next.
CREATE TABLE scheduled_tasks (
    kind      TEXT    NOT NULL,
    task      TEXT    NOT NULL,
    timetable TEXT    NOT NULL, -- that the times follow from
    paused    BOOLEAN NOT NULL,
    next_runs TEXT    NOT NULL, -- SCHEDULE=TIME ..., in milliseconds since 1970
    skipped   BIGINT  NOT NULL, -- runs that were due while another one was queued or running
    job       TEXT,             -- of the last run
    PRIMARY KEY (kind, task)
);

INSERT INTO scheduled_tasks (kind, task, timetable, paused, next_runs, skipped, job)
SELECT 'pull', pull, timetable, paused,
       COALESCE('full=' || full_run || ' ', '') || COALESCE('incremental=' || incremental, ''), skipped, job
FROM pull_schedules;

INSERT INTO scheduled_tasks (kind, task, timetable, paused, next_runs, skipped, job)
SELECT 'retention', task, timetable, FALSE, COALESCE('run=' || next_run, ''), skipped, job
FROM retention_tasks;

DROP TABLE pull_schedules;
DROP TABLE retention_tasks;
