-- How attempts send their files, and how far the job is before and after them.
ALTER TABLE job_attempts ADD COLUMN mode TEXT NOT NULL DEFAULT '';
ALTER TABLE job_attempts ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE job_attempts ADD COLUMN bytes_before BIGINT NOT NULL DEFAULT 0;
ALTER TABLE job_attempts ADD COLUMN bytes_after BIGINT;

-- Nobody knows what earlier attempts had.
UPDATE job_attempts SET bytes_after = 0;
