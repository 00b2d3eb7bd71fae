-- Accounts that may use all protocols may use HTTP, too: the files of the web console.
UPDATE accounts SET protocols = 'ftps,sftp,http' WHERE protocols = 'ftps,sftp';
