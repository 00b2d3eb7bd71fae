-- Archives, each one object that contains many: a row is written once the store has confirmed the object and its
-- members have been verified. See ADR 53. Keys sort by the bytes of their UTF-8, as S3 sorts them.
CREATE TABLE archives (
    id          TEXT    NOT NULL PRIMARY KEY,
    name        TEXT    NOT NULL, -- of the archive's definition in the settings
    bucket      TEXT    NOT NULL, -- with archive_key: the object
    archive_key TEXT    NOT NULL,
    etag        TEXT    NOT NULL, -- of the object
    format      TEXT    NOT NULL, -- TAR or TAR_ZSTD
    members     BIGINT  NOT NULL,
    bytes       BIGINT  NOT NULL, -- of the object
    created     BIGINT  NOT NULL, -- when, milliseconds since 1970
    state       TEXT    NOT NULL  -- COMPLETE
);
CREATE INDEX archives_by_age ON archives (created, id);

-- The objects that archives contain.
CREATE TABLE archive_members (
    archive        TEXT    NOT NULL REFERENCES archives (id) ON DELETE CASCADE,
    position       INTEGER NOT NULL, -- among the members of the archive, from 0
    bucket         TEXT    NOT NULL, -- with object_key: the object that was archived
    object_key     TEXT    ${bytewise} NOT NULL,
    version        TEXT    NOT NULL, -- of that object
    byte_offset    BIGINT  NOT NULL, -- with byte_length: what to read of the archive
    byte_length    BIGINT  NOT NULL,
    content_offset BIGINT  NOT NULL, -- of the content, in what was read and decompressed
    size           BIGINT  NOT NULL,
    modified       BIGINT  NOT NULL, -- milliseconds since 1970
    sha256         TEXT    NOT NULL, -- in hexadecimal
    hidden         BOOLEAN NOT NULL, -- its path does not show it: somebody has deleted or replaced it
    PRIMARY KEY (archive, position)
);
-- A path shows at most one member.
CREATE UNIQUE INDEX archive_members_shown ON archive_members (bucket, object_key) WHERE hidden = FALSE;
CREATE INDEX archive_members_by_key ON archive_members (object_key, bucket);

-- Whether archived objects appear at their original paths.
ALTER TABLE account_mounts ADD COLUMN archives BOOLEAN NOT NULL DEFAULT FALSE;
