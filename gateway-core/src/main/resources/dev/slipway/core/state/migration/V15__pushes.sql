-- Which version of an object was sent by orders for what is newer than before.
CREATE TABLE push_sent (
    place   TEXT NOT NULL, -- a digest of what is sent where
    key     TEXT NOT NULL,
    version TEXT NOT NULL,
    PRIMARY KEY (place, key)
);
