-- Manifests of archives that the server for them has not stored yet. A row is written together with that of its archive.
CREATE TABLE archive_manifests (
    archive    TEXT   NOT NULL PRIMARY KEY REFERENCES archives (id) ON DELETE CASCADE,
    since      BIGINT NOT NULL, -- when it was recorded, milliseconds since 1970
    problem    TEXT   NOT NULL, -- why the last attempt failed; empty before that
    bucket     TEXT,            -- with object_key: the object in the fallback bucket that has the entries; none yet: the
    object_key TEXT             -- originals must stay
);
