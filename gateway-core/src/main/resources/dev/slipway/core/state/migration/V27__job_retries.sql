-- How a job is retried: in its own way, or, where there is none, as the settings of the gateway that runs it have it.
ALTER TABLE jobs ADD COLUMN most_attempts INTEGER; -- failures in a row, without progress, after which it has failed
ALTER TABLE jobs ADD COLUMN first_pause BIGINT;    -- milliseconds, after the first failure
ALTER TABLE jobs ADD COLUMN longest_pause BIGINT;
