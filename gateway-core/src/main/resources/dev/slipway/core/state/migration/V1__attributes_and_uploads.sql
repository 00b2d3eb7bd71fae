-- What S3 cannot hold cheaply. A row speaks of one version of an object and of no other.
CREATE TABLE attributes (
    bucket   TEXT    NOT NULL,
    key      TEXT    NOT NULL,
    version  TEXT    NOT NULL,
    modified BIGINT  NOT NULL, -- seconds since 1970
    PRIMARY KEY (bucket, key)
);

-- Multipart uploads that were started and are not known to have ended.
CREATE TABLE uploads (
    id        TEXT   NOT NULL PRIMARY KEY,
    run       TEXT   NOT NULL, -- the run of the gateway that started it
    bucket    TEXT   NOT NULL,
    key       TEXT   NOT NULL,
    upload_id TEXT   NOT NULL, -- empty until the store has named it
    started   BIGINT NOT NULL  -- seconds since 1970
);
