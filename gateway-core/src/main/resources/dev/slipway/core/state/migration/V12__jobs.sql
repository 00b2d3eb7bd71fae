-- Jobs, those at work and those of the history. Times are in milliseconds since 1970.
CREATE TABLE jobs (
    id            TEXT    NOT NULL PRIMARY KEY,
    kind          TEXT    NOT NULL,
    request       TEXT    NOT NULL, -- for the kind to read
    remote        TEXT,             -- whose limits it counts for
    source        TEXT    NOT NULL,
    destination   TEXT    NOT NULL,
    priority      INTEGER NOT NULL, -- the higher comes first
    deadline      BIGINT,
    submitter     TEXT    NOT NULL,
    correlation   TEXT    NOT NULL,
    batch         TEXT,             -- the job that it is a part of
    state         TEXT    NOT NULL,
    phase         TEXT    NOT NULL,
    attempt       INTEGER NOT NULL, -- the last one; 0: there was none yet
    bytes_done    BIGINT  NOT NULL,
    bytes_total   BIGINT  NOT NULL, -- -1: not known
    files_done    BIGINT  NOT NULL,
    files_total   BIGINT  NOT NULL, -- -1: not known, or no batch
    message       TEXT    NOT NULL,
    created       BIGINT  NOT NULL,
    started       BIGINT,
    ended         BIGINT,
    next_attempt  BIGINT,
    waiting_since BIGINT,           -- since when there has not been enough room
    checkpoint    TEXT    NOT NULL, -- what the next attempt has to know
    gateway       TEXT,             -- the run of a gateway that is at it, working or cleaning up
    slot          BOOLEAN NOT NULL, -- it counts for the limit of its remote
    parked        BOOLEAN NOT NULL, -- it waits until the remote is below its limit
    wish          TEXT,             -- PAUSE or CANCEL: what the gateway that is at it is to do
    failures      INTEGER NOT NULL, -- attempts that failed one after the other, without getting any further
    furthest      BIGINT  NOT NULL, -- the most bytes that had arrived when an attempt failed
    discarding    BOOLEAN NOT NULL, -- what it has left at its remote is still to be removed
    teller        TEXT              -- the run of a gateway that has yet to tell of its end
);
CREATE INDEX jobs_created ON jobs (created);
CREATE INDEX jobs_ended ON jobs (ended);
CREATE INDEX jobs_batch ON jobs (batch);
CREATE INDEX jobs_slots ON jobs (remote) WHERE slot;
CREATE INDEX jobs_parked ON jobs (remote, priority DESC, (COALESCE(next_attempt, 0)), id) WHERE parked;
CREATE INDEX jobs_at_work ON jobs (gateway) WHERE gateway IS NOT NULL;
CREATE INDEX jobs_untold ON jobs (teller) WHERE teller IS NOT NULL;

CREATE TABLE job_attempts (
    job     TEXT    NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    gateway TEXT    NOT NULL,
    started BIGINT  NOT NULL,
    ended   BIGINT,
    message TEXT    NOT NULL,
    PRIMARY KEY (job, number)
);

-- Room that jobs have reserved.
CREATE TABLE job_reservations (
    job         TEXT   NOT NULL PRIMARY KEY REFERENCES jobs (id) ON DELETE CASCADE,
    remote      TEXT   NOT NULL,
    place       TEXT   NOT NULL,
    bytes       BIGINT NOT NULL, -- that were missing
    done_before BIGINT NOT NULL  -- bytes that had arrived by then
);
CREATE INDEX job_reservations_of_remotes ON job_reservations (remote, place);

-- A row to lock, so that gateways change the jobs of a remote one after the other.
CREATE TABLE job_remotes (
    remote  TEXT   NOT NULL PRIMARY KEY,
    changes BIGINT NOT NULL
);

-- When jobs are looked at next. The table of db-scheduler, which has its names and types.
CREATE TABLE scheduled_tasks (
    task_name            TEXT                     NOT NULL, -- the kind of a job
    task_instance        TEXT                     NOT NULL, -- its id
    task_data            BYTEA,
    execution_time       TIMESTAMP WITH TIME ZONE NOT NULL,
    picked               BOOLEAN                  NOT NULL,
    picked_by            TEXT,
    last_success         TIMESTAMP WITH TIME ZONE,
    last_failure         TIMESTAMP WITH TIME ZONE,
    consecutive_failures INTEGER,
    last_heartbeat       TIMESTAMP WITH TIME ZONE,
    version              BIGINT                   NOT NULL,
    priority             SMALLINT,
    PRIMARY KEY (task_name, task_instance)
);
CREATE INDEX scheduled_tasks_due ON scheduled_tasks (execution_time);
CREATE INDEX scheduled_tasks_alive ON scheduled_tasks (last_heartbeat);
CREATE INDEX scheduled_tasks_picked ON scheduled_tasks (picked_by) WHERE picked_by IS NOT NULL;
CREATE INDEX scheduled_tasks_first ON scheduled_tasks (priority DESC, execution_time ASC);
