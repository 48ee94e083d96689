REVOKE SELECT ON __diesel_schema_migrations FROM attache_read;
