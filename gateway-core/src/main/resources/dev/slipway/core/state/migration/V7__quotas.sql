-- What an account may store and how fast it may transfer. None: what the configuration says for all; -1: no limit.
ALTER TABLE accounts ADD COLUMN quota_bytes   BIGINT;
ALTER TABLE accounts ADD COLUMN quota_files   BIGINT;
ALTER TABLE accounts ADD COLUMN upload_rate   BIGINT; -- bytes each second
ALTER TABLE accounts ADD COLUMN download_rate BIGINT; -- bytes each second

-- How much is below a prefix of a bucket, as a running total. There is a row while an account with a quota sees it.
CREATE TABLE storage_usage (
    bucket  TEXT    NOT NULL,
    prefix  TEXT    NOT NULL,
    bytes   BIGINT  NOT NULL,
    files   BIGINT  NOT NULL,
    counted BIGINT,           -- when it was counted last, seconds since 1970; none: never
    recount BOOLEAN NOT NULL, -- somebody has asked for another count
    settled BOOLEAN NOT NULL, -- no gateway has changes that are not in here
    claimed BIGINT,           -- until when a gateway counts it, seconds since 1970; none: nobody does
    PRIMARY KEY (bucket, prefix)
);
