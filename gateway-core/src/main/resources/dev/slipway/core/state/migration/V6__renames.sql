-- Renames of directories that are under way, so that the next start can finish or undo them.
CREATE TABLE renames (
    id               BIGINT  NOT NULL PRIMARY KEY,
    gateway          TEXT    NOT NULL, -- the run of a gateway that works on it
    source_bucket    TEXT    NOT NULL,
    source_prefix    TEXT    NOT NULL, -- with its trailing slash, as all prefixes here
    target_bucket    TEXT    NOT NULL,
    target_prefix    TEXT    NOT NULL,
    target_was_there BOOLEAN NOT NULL, -- as an empty directory, which an undo leaves
    kept_parent      TEXT    NOT NULL, -- the directory that loses the source and stays; empty: none has to be looked after
    account          TEXT    NOT NULL,
    source_path      TEXT    NOT NULL, -- as that account sees it
    target_path      TEXT    NOT NULL,
    phase            TEXT    NOT NULL, -- COPYING or UNDOING: the source is whole; DELETING: the target is
    started          BIGINT  NOT NULL  -- seconds since 1970
);

-- What was copied to what, by fingerprints of both versions.
CREATE TABLE rename_copies (
    rename BIGINT NOT NULL REFERENCES renames (id) ON DELETE CASCADE,
    target BIGINT NOT NULL,
    source BIGINT NOT NULL,
    PRIMARY KEY (rename, target)
);
