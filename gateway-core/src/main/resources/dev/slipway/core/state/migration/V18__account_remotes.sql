-- The remotes that an account may send files to, separated by commas. Empty: none, which takes them from accounts that have
-- the option push until an administrator names them.
ALTER TABLE accounts ADD COLUMN remotes TEXT NOT NULL DEFAULT '';
