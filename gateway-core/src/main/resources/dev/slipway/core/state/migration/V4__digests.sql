-- Digests of whole files, once they are known. A row speaks of one version of an object and of no other.
CREATE TABLE digests (
    bucket    TEXT NOT NULL,
    key       TEXT NOT NULL,
    version   TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    digest    TEXT NOT NULL, -- hexadecimal
    PRIMARY KEY (bucket, key, algorithm)
);
