-- Servers that files are sent to, beside those of the configuration: what they are, as JSON without a secret, and their
-- secrets, encrypted with a key that is not in this database.
CREATE TABLE remotes (
    name TEXT NOT NULL PRIMARY KEY,
    definition TEXT NOT NULL,
    secrets TEXT NOT NULL
);

-- What a remote was found to be able to do, those of the configuration too. It holds for the remote as it was then, which
-- the digest stands for.
CREATE TABLE remote_capabilities (
    name TEXT NOT NULL PRIMARY KEY,
    digest TEXT NOT NULL,
    capabilities TEXT NOT NULL
);
