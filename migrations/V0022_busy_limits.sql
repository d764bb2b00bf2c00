-- How busy a runner's host may be while it takes more, as its server or its own host says; null: any.
ALTER TABLE runner ADD COLUMN most_load double precision;
ALTER TABLE runner ADD COLUMN least_memory_free double precision;
ALTER TABLE runner ADD COLUMN most_measure double precision;
-- The part by which a figure that was too bad must be better than its limit.
ALTER TABLE runner ADD COLUMN limit_margin double precision;
