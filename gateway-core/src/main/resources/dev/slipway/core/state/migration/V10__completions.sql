-- What an upload that was about to be completed would be: whether it was is not known if the gateway was killed then.
ALTER TABLE uploads ADD COLUMN etag TEXT NOT NULL DEFAULT '';
