-- Messages with orders whose jobs have not succeeded yet: what is published as a dead letter if one fails.
CREATE TABLE order_messages (
    job     TEXT   NOT NULL PRIMARY KEY,
    message TEXT   NOT NULL, -- its properties and its body, encrypted, since orders have passwords in them
    seen    BIGINT NOT NULL  -- when it came, milliseconds since 1970
);
