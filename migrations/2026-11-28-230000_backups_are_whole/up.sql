-- A backup is taken by the role that reads: all of it, or pg_dump refuses.
GRANT SELECT ON __diesel_schema_migrations TO attache_read;
