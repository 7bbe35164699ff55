#!/bin/sh
# Runs once, when the database of compose.yaml is made: the same as 'qa-service db role' prints, and both passwords.
set -eu
psql --set ON_ERROR_STOP=1 --username postgres --dbname qa --set owner="$QA_OWNER_PASSWORD" --set worker="$QA_WORKER_PASSWORD" <<'SQL'
CREATE ROLE "qa_owner" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner';
CREATE ROLE "qa_service" LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'worker';
ALTER DATABASE "qa" OWNER TO "qa_owner";
REVOKE ALL ON DATABASE "qa" FROM PUBLIC;
GRANT CONNECT ON DATABASE "qa" TO "qa_service";
ALTER SCHEMA public OWNER TO "qa_owner";
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
SQL
