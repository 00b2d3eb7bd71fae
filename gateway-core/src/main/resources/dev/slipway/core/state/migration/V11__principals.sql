-- Whose SSH certificates log an account in, separated by commas. Empty: those that name the account itself.
ALTER TABLE accounts ADD COLUMN principals TEXT NOT NULL DEFAULT '';
