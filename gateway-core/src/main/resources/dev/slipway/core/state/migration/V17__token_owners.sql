-- The administrator who added a token over SSH or HTTP: the token ends with that account's right to log in.
ALTER TABLE api_tokens ADD COLUMN account TEXT; -- none: added on the gateway's own machine
ALTER TABLE api_tokens ADD COLUMN proof TEXT;   -- what the account had logged in with; no secret
