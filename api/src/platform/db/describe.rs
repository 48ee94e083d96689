//! Writes `schema.rs` from a migrated database, so that no separate tool is needed.

use super::tx::connect;
use diesel::sql_types::{Bool, Text};
use diesel::{QueryableByName, sql_query};
use diesel_async::RunQueryDsl;
use std::collections::BTreeMap;
use std::fmt::Write;

#[derive(QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    table_name: String,
    #[diesel(sql_type = Text)]
    column_name: String,
    #[diesel(sql_type = Text)]
    type_name: String,
    #[diesel(sql_type = Bool)]
    nullable: bool,
    #[diesel(sql_type = Bool)]
    key: bool,
}

const COLUMNS: &str = "
    SELECT c.relname::text AS table_name, a.attname::text AS column_name,
           t.typname::text AS type_name, NOT a.attnotnull AS nullable,
           coalesce(a.attnum = ANY (k.conkey), false) AS key
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type d ON d.oid = a.atttypid
    JOIN pg_type t ON t.oid = coalesce(nullif(d.typbasetype, 0), d.oid)
    LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
    WHERE c.relkind = 'r' AND c.relname <> '__diesel_schema_migrations'
    ORDER BY c.relname, a.attnum";

/// The text that `schema.rs` must have for this database.
pub async fn describe_schema(url: &str) -> anyhow::Result<String> {
    let mut connection = connect(url).await?;
    let columns: Vec<Column> = sql_query(COLUMNS).load(&mut connection).await?;
    let mut tables: BTreeMap<&str, Vec<&Column>> = BTreeMap::new();
    for column in &columns {
        tables.entry(&column.table_name).or_default().push(column);
    }
    let mut text = String::from(
        "// Written by `attache schema` from a migrated database; do not edit by hand.\n",
    );
    for (name, columns) in &tables {
        write_table(&mut text, name, columns)?;
    }
    Ok(text)
}

fn write_table(text: &mut String, name: &str, columns: &[&Column]) -> anyhow::Result<()> {
    let keys: Vec<_> = columns.iter().filter(|c| c.key).map(|c| c.column_name.as_str()).collect();
    anyhow::ensure!(!keys.is_empty(), "table {name} has no primary key");
    writeln!(text, "\ndiesel::table! {{\n    {name} ({}) {{", keys.join(", "))?;
    for column in columns {
        let plain = diesel_type(&column.type_name)
            .ok_or_else(|| anyhow::anyhow!("{name}: no diesel type for {}", column.type_name))?;
        let full = if column.nullable { format!("Nullable<{plain}>") } else { plain.to_owned() };
        writeln!(text, "        {} -> {full},", column.column_name)?;
    }
    writeln!(text, "    }}\n}}")?;
    Ok(())
}

fn diesel_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "bool" => "Bool",
        "bytea" => "Bytea",
        "date" => "Date",
        "int2" => "SmallInt",
        "int4" => "Integer",
        "int8" => "BigInt",
        "jsonb" => "Jsonb",
        "text" | "varchar" | "bpchar" => "Text",
        "time" => "Time",
        "timestamptz" => "Timestamptz",
        "uuid" => "Uuid",
        "_text" => "Array<Text>",
        "_int4" => "Array<Integer>",
        _ => return None,
    })
}
