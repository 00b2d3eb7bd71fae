-- Events that somebody is told of: until they were, and some days longer.
CREATE TABLE deliveries (
    event         TEXT    NOT NULL, -- the event's id
    target        TEXT    NOT NULL, -- who is told: 'amqp', or 'webhook:' and a digest of its URL
    address       TEXT    NOT NULL, -- where at the target; empty: it has only one place
    body          TEXT    NOT NULL, -- the event, as JSON
    created       BIGINT  NOT NULL, -- milliseconds since 1970, as all times here
    attempts      INTEGER NOT NULL,
    due           BIGINT  NOT NULL, -- it is not tried before
    claimed       TEXT,             -- the run of the gateway that tries it; none: nobody does
    claimed_until BIGINT  NOT NULL, -- others may try it from then on
    ended         BIGINT,           -- when it was delivered or given up; none: it is still to be delivered
    problem       TEXT    NOT NULL, -- what went wrong at last; empty: nothing
    PRIMARY KEY (event, target)
);
CREATE INDEX deliveries_due ON deliveries (target, due) WHERE ended IS NULL;

-- Messages that have become jobs, and where their senders want to hear of the outcome.
CREATE TABLE amqp_messages (
    job         TEXT    NOT NULL PRIMARY KEY,
    message     TEXT    NOT NULL, -- a digest that tells messages apart; empty: it was refused, and job is an event's id
    exchange    TEXT    NOT NULL,
    routing_key TEXT    NOT NULL,
    is_reply    BOOLEAN NOT NULL, -- whether the outcome goes there; otherwise its sender has named no place
    seen        BIGINT  NOT NULL, -- when it came last, milliseconds since 1970
    settled     BOOLEAN NOT NULL  -- it was acknowledged; only noted of messages without an id
);
CREATE INDEX amqp_messages_message ON amqp_messages (message);
