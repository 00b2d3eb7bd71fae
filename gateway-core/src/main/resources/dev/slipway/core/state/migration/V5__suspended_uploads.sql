-- Uploads that were cut off, and that the accounts that began them can go on with.
ALTER TABLE uploads ADD COLUMN account   TEXT    NOT NULL DEFAULT ''; -- who can; empty: nobody
ALTER TABLE uploads ADD COLUMN exclusive BOOLEAN NOT NULL DEFAULT FALSE; -- for a file that did not exist
ALTER TABLE uploads ADD COLUMN suspended BIGINT; -- since when, seconds since 1970; none: not suspended
ALTER TABLE uploads ADD COLUMN kept      BIGINT; -- bytes that the store has; none: it has to be asked
ALTER TABLE uploads ADD COLUMN modified  BIGINT; -- the time that was set, seconds since 1970

-- The CRC-32 of their parts: not every store that asks for them in the end lists them.
CREATE TABLE upload_parts (
    upload TEXT    NOT NULL REFERENCES uploads (id) ON DELETE CASCADE,
    number INTEGER NOT NULL,
    crc    INTEGER NOT NULL,
    PRIMARY KEY (upload, number)
);

-- What becomes of an account's uploads that are cut off.
ALTER TABLE accounts ADD COLUMN resume TEXT NOT NULL DEFAULT 'stat';
