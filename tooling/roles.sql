-- The three roles and one database (architecture: "Tenancy"). Run by a superuser with psql -v database=<name>;
-- running it again changes nothing.
--
-- The owner cannot log in and owns every table; the migrator migrates, backs up and does the platform's own jobs;
-- the runtime role is what web, workers and tests are: it owns nothing and row-level security binds it.
SET client_min_messages = warning;
SELECT format('CREATE ROLE %I', name)
  FROM unnest(ARRAY['sfm_owner', 'sfm_migrator', 'sfm_runtime']) AS name
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE sfm_owner NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
ALTER ROLE sfm_migrator LOGIN NOSUPERUSER CREATEDB NOCREATEROLE NOREPLICATION BYPASSRLS;
ALTER ROLE sfm_runtime LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS;
GRANT sfm_owner TO sfm_migrator;
SELECT format('CREATE DATABASE %I OWNER sfm_owner', :'database')
 WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'database') \gexec
