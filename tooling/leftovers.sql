-- What killed test runs left behind: their own copies, templates that were never finished, and all but the newest templates.
SELECT format('DROP DATABASE %I WITH (FORCE)', datname)
  FROM pg_database
 WHERE datname ~ '^test_[0-9a-f]{12}_'
    OR oid IN (SELECT oid FROM pg_database WHERE datname ~ '^test_[0-9a-f]{12}$' ORDER BY oid DESC OFFSET 2) \gexec
