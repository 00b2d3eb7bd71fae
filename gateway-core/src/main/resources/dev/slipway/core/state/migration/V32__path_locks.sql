-- The paths that gateways on a shared database keep locked, or wait for. A row of a gateway that has died means nothing.
-- See ADR 68.
CREATE TABLE path_locks (
    id        TEXT    NOT NULL, -- of the lock, which may have several paths
    run       TEXT    NOT NULL, -- the gateway
    bucket    TEXT    NOT NULL,
    path      TEXT    NOT NULL,
    exclusive BOOLEAN NOT NULL,
    turn      BIGINT  NOT NULL, -- of two locks that exclude each other, the one with the smaller number comes first
    PRIMARY KEY (bucket, path, id)
);

CREATE INDEX path_locks_id ON path_locks (id);
CREATE INDEX path_locks_run ON path_locks (run);

-- Counts changes after which another gateway must not rely on what it knows of directories.
INSERT INTO revisions (name, number) VALUES ('directories', 0);
