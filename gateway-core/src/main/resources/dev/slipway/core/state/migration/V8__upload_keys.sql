-- Where several gateways share the database, every path that is looked at is looked for here.
CREATE INDEX uploads_of_keys ON uploads (bucket, key);
