-- The jobs table is the queue: when a job is due, which gateway has claimed it and what it waits for are columns of its
-- row. See ADR 42.
ALTER TABLE jobs RENAME COLUMN next_attempt TO due; -- not before; none: there is nothing to do, or somebody is doing it
ALTER TABLE jobs RENAME COLUMN wish TO signal;      -- PAUSE or CANCEL: a request to the gateway that runs it
ALTER TABLE jobs RENAME COLUMN teller TO reporter;  -- the run of the gateway that has yet to report its end
ALTER TABLE jobs ADD COLUMN resources TEXT NOT NULL DEFAULT ''; -- those with limits that it takes, one in each line
ALTER TABLE jobs ADD COLUMN waits_for TEXT;         -- the resource it is parked at; none: it is not

-- Who holds a slot of a resource: as many jobs at once as the resource's limit allows.
CREATE TABLE job_slots (
    resource TEXT NOT NULL,
    job      TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
    PRIMARY KEY (resource, job)
);
CREATE INDEX job_slots_of_jobs ON job_slots (job);

-- A row to lock for each resource, so that gateways change its slots one after the other.
CREATE TABLE job_locks (
    resource TEXT   NOT NULL PRIMARY KEY,
    changes  BIGINT NOT NULL
);

UPDATE jobs SET resources = 'remote:' || remote WHERE remote IS NOT NULL AND remote <> '';
UPDATE jobs SET waits_for = resources WHERE parked AND resources <> '';
INSERT INTO job_slots (resource, job) SELECT resources, id FROM jobs WHERE slot AND resources <> '';

-- Until now, another table said when to clean up after a job.
UPDATE jobs SET due = 0 WHERE due IS NULL AND gateway IS NULL
    AND (discarding OR (ended IS NULL AND state <> 'PAUSED'));

DROP INDEX jobs_slots;
DROP INDEX jobs_parked;
ALTER TABLE jobs DROP COLUMN slot;
ALTER TABLE jobs DROP COLUMN parked;
DROP TABLE job_remotes;
DROP TABLE scheduled_tasks;

-- For claiming: of each priority, those that have been due the longest.
CREATE INDEX jobs_claimable ON jobs (priority, due, id)
    WHERE due IS NOT NULL AND gateway IS NULL AND waits_for IS NULL;
CREATE INDEX jobs_parked ON jobs (waits_for, priority DESC, due, id) WHERE waits_for IS NOT NULL;
CREATE INDEX jobs_parked_until ON jobs (deadline) WHERE waits_for IS NOT NULL AND deadline IS NOT NULL;
