-- What programs show to the HTTP API. The token itself is nowhere but with its owner.
CREATE TABLE api_tokens (
    name      TEXT   NOT NULL PRIMARY KEY,
    hash      TEXT   NOT NULL UNIQUE, -- SHA-256 of the token, hexadecimal
    role      TEXT   NOT NULL,
    created   BIGINT NOT NULL,        -- seconds since 1970
    expires   BIGINT,                 -- seconds since 1970; none: never
    last_used BIGINT                  -- seconds since 1970, to the minute; none: never
);
