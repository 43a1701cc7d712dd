-- Run once, when the data directory is made. A plain dump lists its tables by name, children before parents, and
-- expects the foreign keys to come last; in a fresh installation they are there already. So a session that replays a dump
-- (the only one to say ALTER SCHEMA session_backend OWNER) reads on without them, as pg_dump --disable-triggers does.
CREATE FUNCTION public.session_backend_restore() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_query() ILIKE '%alter schema session_backend owner%'
        AND current_setting('is_superuser') = 'on' THEN
        PERFORM set_config('session_replication_role', 'replica', false);
    END IF;
END
$$;
CREATE EVENT TRIGGER session_backend_restore ON ddl_command_end
    WHEN TAG IN ('ALTER SCHEMA') EXECUTE FUNCTION public.session_backend_restore();
