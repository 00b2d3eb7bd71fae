-- Modes, owners and groups of accounts that keep them. As in `attributes`, a row applies to one version of an object, or to
-- a directory. See ADR 69.
CREATE TABLE posix_attributes (
    bucket  TEXT NOT NULL,
    key     TEXT NOT NULL,
    version TEXT NOT NULL,
    mode    INTEGER,
    owner   BIGINT,
    grp     BIGINT,
    PRIMARY KEY (bucket, key)
);
