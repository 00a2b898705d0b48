#!/bin/sh
# Run once by the postgres image when its volume is new: the three roles, their passwords, the database.
set -eu
psql -X -v ON_ERROR_STOP=1 -v database=sfm -U "$POSTGRES_USER" -d postgres -f /deploy/roles.sql
# The values travel by the environment: on a command line every process of the machine could read them.
psql -X -q -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
\getenv migrator MIGRATOR_PASSWORD
\getenv runtime RUNTIME_PASSWORD
ALTER ROLE sfm_migrator PASSWORD :'migrator';
ALTER ROLE sfm_runtime PASSWORD :'runtime';
REVOKE ALL ON DATABASE sfm FROM PUBLIC;
GRANT CONNECT ON DATABASE sfm TO sfm_migrator;
GRANT CONNECT, TEMPORARY ON DATABASE sfm TO sfm_runtime;
SQL
