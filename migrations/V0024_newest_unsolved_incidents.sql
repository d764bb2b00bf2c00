-- The newest unsolved incidents of a DAG are looked at when a run of it ends; there may be very many older ones.
DROP INDEX incident_unsolved;
CREATE INDEX incident_unsolved ON incident (dag_id, id DESC) WHERE resolved_at IS NULL;
