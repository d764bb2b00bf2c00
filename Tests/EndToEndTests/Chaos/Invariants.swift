/// What must hold of a database after any faults, once all is well again: each asks for what is against it.
///
/// `witness_start`, `witness_place`, `witness_alive` and `witness_end` hold what the tasks themselves wrote, and never
/// what Rota believes; `shot` and `unkept` whose command, and which runner's keeper, was killed on purpose; `granted`
/// who got which lease; the other tables what the tests asked for, and what they were answered.
/// `docs/architecture.md` says which of these claims answers for which invariant of an orchestrator.
struct Invariant: Sendable {
    /// The claim, which is what a failed test says.
    let claim: String
    /// What breaks it in a healthy database, which proves that the query sees it.
    let breach: String
    /// A query whose rows are against the claim, as one text each.
    let violations: String

    /// Tables for the witness of tasks, and what the queries have in common.
    static let preparation = """
        CREATE SCHEMA chk;
        CREATE TABLE chk.witness_start (attempt uuid NOT NULL, at double precision NOT NULL);
        CREATE TABLE chk.witness_place (attempt uuid NOT NULL, path text NOT NULL);
        CREATE TABLE chk.witness_alive (attempt uuid NOT NULL, at double precision NOT NULL);
        CREATE TABLE chk.witness_end (
            attempt uuid NOT NULL, at double precision NOT NULL, code integer NOT NULL, bytes bigint NOT NULL);
        CREATE TABLE chk.acknowledged (run text NOT NULL);
        CREATE TABLE chk.refused (mark text NOT NULL);
        CREATE TABLE chk.wished (dag text NOT NULL, at timestamptz NOT NULL);
        CREATE TABLE chk.word (run text NOT NULL, verb text NOT NULL);
        CREATE TABLE chk.need (dag text NOT NULL, task text NOT NULL, upstream text NOT NULL);
        CREATE TABLE chk.lenient (dag text NOT NULL, task text NOT NULL);
        CREATE TABLE chk.room (dag text NOT NULL, tasks integer, runs integer NOT NULL, tries integer NOT NULL);
        CREATE TABLE chk.home (runner text NOT NULL, folder text NOT NULL);
        CREATE TABLE chk.canary (needle text NOT NULL);
        CREATE TABLE chk.shot (attempt uuid NOT NULL);
        CREATE TABLE chk.unkept (runner text NOT NULL, at double precision NOT NULL);
        CREATE VIEW chk.lived AS
            SELECT a.*, t.task_id, d.name AS dag, s.at AS began,
                coalesce(e.at, extract(epoch FROM a.ended_at)::float8, 'infinity') AS over, e.code AS seen_code
            FROM attempt a JOIN chk.witness_start s ON s.attempt = a.id LEFT JOIN chk.witness_end e ON e.attempt = a.id
                JOIN task_instance t ON t.id = a.task_instance_id JOIN dag d ON d.id = a.dag_id;
        CREATE VIEW chk.event AS
            SELECT *, CASE WHEN attempt_id IS NOT NULL THEN 'attempt' WHEN task_instance_id IS NOT NULL THEN 'task'
                    ELSE 'run' END AS kind,
                coalesce(attempt_id::text, task_instance_id::text, run_id::text) AS entity
            FROM transition;
        CREATE VIEW chk.chain AS
            SELECT *, lag(new_state) OVER entities AS before, lag(at) OVER entities AS before_at,
                lead(id) OVER entities AS later
            FROM chk.event WINDOW entities AS (PARTITION BY kind, entity ORDER BY id);
        -- Which tables hold a text, also where it stands in bytes.
        CREATE FUNCTION chk.holding(needle text) RETURNS SETOF text LANGUAGE plpgsql AS $$
        DECLARE
            place text;
            is_found boolean;
        BEGIN
            FOR place IN SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' LOOP
                EXECUTE format('SELECT EXISTS (SELECT FROM public.%I x WHERE position($1 IN x::text) > 0
                    OR position($2 IN x::text) > 0)', place)
                    INTO is_found USING needle, encode(convert_to(needle, 'UTF8'), 'hex');
                IF is_found THEN RETURN NEXT place; END IF;
            END LOOP;
        END $$;
        """

    /// Writes down from now on who gets which lease, and after which change of the history.
    ///
    /// A script of its own, since it waits for those who are about to change a lease.
    static let watch = """
        CREATE TABLE chk.granted (
            lease text NOT NULL, holder text NOT NULL, fence bigint NOT NULL, after bigint NOT NULL);
        CREATE FUNCTION chk.note_grant() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            -- The row is locked by now, so no claim under the fence of before is under way.
            INSERT INTO chk.granted SELECT NEW.name, NEW.holder, NEW.fence, last_value FROM public.transition_id_seq;
            RETURN NULL;
        END $$;
        CREATE TRIGGER note_new_lease AFTER INSERT ON lease FOR EACH ROW EXECUTE FUNCTION chk.note_grant();
        CREATE TRIGGER note_grant AFTER UPDATE ON lease FOR EACH ROW
            WHEN ((NEW.holder, NEW.fence) <> (OLD.holder, OLD.fence)) EXECUTE FUNCTION chk.note_grant();
        INSERT INTO chk.granted SELECT name, holder, fence, last_value FROM lease, public.transition_id_seq;
        """

    static let all = schedule + witness + states + logs
}
