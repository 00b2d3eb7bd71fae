-- A full run lists the folders that it has stored files in, instead of asking for each file.
ALTER TABLE pull_files ADD COLUMN folder TEXT NOT NULL DEFAULT ''; -- the beginning of the target, with its last slash
ALTER TABLE pull_files ADD COLUMN confirmed TEXT NOT NULL DEFAULT ''; -- the last full run that has found it in the store
UPDATE pull_files SET folder = rtrim(target, replace(target, '/', ''));
CREATE INDEX pull_files_of_folders ON pull_files (place, folder, target);
