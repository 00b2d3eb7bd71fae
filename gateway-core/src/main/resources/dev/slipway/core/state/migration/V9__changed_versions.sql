-- The version of a file to which an upload adds: what was kept of it begins with that version's bytes.
ALTER TABLE uploads ADD COLUMN base_etag  TEXT; -- none: the upload keeps nothing of what is there
ALTER TABLE uploads ADD COLUMN base_bytes BIGINT;
