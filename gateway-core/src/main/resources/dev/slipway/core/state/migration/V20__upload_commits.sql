-- Uploads that the store was asked to complete, and that somebody is to be told of: if the gateway is killed, or hears no
-- answer, another look finds out whether the store has them. See ADR 44.
CREATE TABLE upload_commits (
    upload   TEXT   NOT NULL PRIMARY KEY REFERENCES uploads (id) ON DELETE CASCADE,
    account  TEXT   NOT NULL, -- who uploaded it
    path     TEXT   NOT NULL, -- as that account sees it
    protocol TEXT   NOT NULL,
    address  TEXT   NOT NULL, -- the client's
    bytes    BIGINT NOT NULL,
    crc32    TEXT,            -- of the whole object, as S3 shows it; none: it is not known
    asked    BIGINT NOT NULL  -- when, milliseconds since 1970
);

-- An event that is never reported twice need not be remembered: its row goes when it has been delivered or given up.
ALTER TABLE deliveries ADD COLUMN once BOOLEAN NOT NULL DEFAULT FALSE;
