-- Accounts that were made by command. Lists are separated by commas.
CREATE TABLE accounts (
    name        TEXT    NOT NULL PRIMARY KEY,
    password    TEXT,             -- Argon2id in the PHC string form; none: keys only
    permissions TEXT    NOT NULL,
    enabled     BOOLEAN NOT NULL,
    expires     BIGINT,           -- seconds since 1970; none: never
    protocols   TEXT    NOT NULL,
    networks    TEXT    NOT NULL  -- empty: any
);

CREATE TABLE account_mounts (
    account   TEXT    NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    path      TEXT    NOT NULL,
    bucket    TEXT    NOT NULL,
    prefix    TEXT    NOT NULL,
    read_only BOOLEAN NOT NULL,
    PRIMARY KEY (account, path)
);

CREATE TABLE account_keys (
    account TEXT NOT NULL REFERENCES accounts (name) ON DELETE CASCADE,
    line    TEXT NOT NULL, -- type and Base64, as in OpenSSH's authorized_keys
    comment TEXT NOT NULL,
    PRIMARY KEY (account, line)
);

-- Counts the changes of a part of the database, so that another process notices them.
CREATE TABLE revisions (
    name   TEXT   NOT NULL PRIMARY KEY,
    number BIGINT NOT NULL
);
INSERT INTO revisions (name, number) VALUES ('accounts', 0);
