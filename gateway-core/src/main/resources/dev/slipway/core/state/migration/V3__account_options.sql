-- What an account is allowed beyond the rules for all, and how many sessions it may have.
ALTER TABLE accounts ADD COLUMN options      TEXT NOT NULL DEFAULT '';
ALTER TABLE accounts ADD COLUMN max_sessions INTEGER; -- none: no limit
