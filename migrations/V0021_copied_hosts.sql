-- A moment at which the runner's host surely lived in its present boot: it was asked after it, and answered. A host that
-- had booted before it and answers with the same state directory is another one.
ALTER TABLE runner ADD COLUMN alive_at timestamptz;

-- When a host was last refused as this runner because another one with the same state directory lives, and in which words.
ALTER TABLE runner ADD COLUMN copy_at timestamptz;
ALTER TABLE runner ADD COLUMN copy_reason text;
