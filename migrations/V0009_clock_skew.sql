-- By how much a server's clock is ahead of the database's, in microseconds; null: not measured.
ALTER TABLE server ADD COLUMN skew_us bigint;
