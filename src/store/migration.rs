//! Bringing a store that an older version of Callboard wrote to the schema of this one.

use async_trait::async_trait;

use super::{Entry, Space, Store, StoreError, Write, json};

/// The schema that this program writes.
pub const SCHEMA: u64 = 1;

/// The key under [`Space::Meta`] that holds the schema version.
pub const SCHEMA_KEY: &str = "schema";

/// The migrations in order: the first makes schema 1 of an empty store, the next would make 2 of 1.
const MIGRATIONS: [&dyn Migration; 1] = [&Begin];

/// One step from a schema to the next.
#[async_trait]
pub trait Migration: Send + Sync {
    /// Reads what it must and says what to write; the new schema version is written in the same step.
    async fn writes(&self, store: &dyn Store) -> Result<Vec<Write>, StoreError>;
}

/// What [`migrate`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema that the store had; 0 for an empty one.
    pub from: u64,
    /// The schema that it has now.
    pub to: u64,
}

/// Brings the store to [`SCHEMA`], one step after the other, each applied as a whole.
///
/// A store of a newer version is left alone: [`StoreError::Newer`]. When another process migrates at the same
/// time, one of the two gets [`StoreError::Conflict`] and may call again.
pub async fn migrate(store: &dyn Store) -> Result<Migrated, StoreError> {
    migrate_by(store, &MIGRATIONS).await
}

/// Brings the store to the schema that the list of migrations leads to; [`migrate`] with a list of its own.
pub async fn migrate_by(
    store: &dyn Store,
    migrations: &[&dyn Migration],
) -> Result<Migrated, StoreError> {
    let entry = store.get(Space::Meta, SCHEMA_KEY).await?;
    let from = entry.as_ref().map_or(Ok(0), Entry::read)?;
    let known = migrations.len() as u64;
    if from > known {
        return Err(StoreError::Newer { found: from, known });
    }
    let mut at = entry.map(|entry| entry.version);
    for (migration, to) in migrations.iter().zip(1_u64..).filter(|(_, to)| *to > from) {
        let mut writes = migration.writes(store).await?;
        writes.push(bump(at, to)?);
        store.apply(&writes).await?;
        at = Some(at.unwrap_or(0) + 1);
    }
    store.flush().await?;
    Ok(Migrated { from, to: known })
}

fn bump(at: Option<u64>, to: u64) -> Result<Write, StoreError> {
    let space = Space::Meta;
    let key = SCHEMA_KEY.to_owned();
    let value = json(SCHEMA_KEY, &to)?;
    let expires = None;
    Ok(match at {
        Some(at) => Write::Swap {
            space,
            key,
            at,
            value,
            expires,
        },
        None => Write::PutNew {
            space,
            key,
            value,
            expires,
        },
    })
}

/// Schema 1 is what this version writes into an empty store: nothing needs to be there beforehand.
struct Begin;

#[async_trait]
impl Migration for Begin {
    async fn writes(&self, _store: &dyn Store) -> Result<Vec<Write>, StoreError> {
        Ok(Vec::new())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::store::memory::MemoryStore;

    /// Renames every record `old/x` to `new/x`.
    struct Rename;

    #[async_trait]
    impl Migration for Rename {
        async fn writes(&self, store: &dyn Store) -> Result<Vec<Write>, StoreError> {
            let space = Space::Record;
            let mut writes = Vec::new();
            for entry in store.scan(space, "old/", None, usize::MAX).await? {
                let key = entry.key.replacen("old", "new", 1);
                writes.push(Write::PutNew {
                    space,
                    key,
                    value: entry.value,
                    expires: None,
                });
                writes.push(Write::Delete {
                    space,
                    key: entry.key,
                });
            }
            Ok(writes)
        }
    }

    /// Writes over a record that must not be there.
    struct Clashing;

    #[async_trait]
    impl Migration for Clashing {
        async fn writes(&self, _store: &dyn Store) -> Result<Vec<Write>, StoreError> {
            Ok(vec![record("first")?, record("new/a")?])
        }
    }

    fn record(key: &str) -> Result<Write, StoreError> {
        Ok(Write::PutNew {
            space: Space::Record,
            key: key.to_owned(),
            value: json(key, key)?,
            expires: None,
        })
    }

    async fn keys(store: &dyn Store) -> Vec<String> {
        let entries = store.scan(Space::Record, "", None, usize::MAX).await;
        entries
            .expect("entries")
            .into_iter()
            .map(|entry| entry.key)
            .collect()
    }

    #[tokio::test]
    async fn an_empty_store_gets_this_schema_and_keeps_it() {
        let store = MemoryStore::new(Clock::fixed(0));
        let first = migrate(&store).await.expect("migrated");
        assert_eq!(
            first,
            Migrated {
                from: 0,
                to: SCHEMA
            }
        );
        let again = migrate(&store).await.expect("migrated");
        assert_eq!(
            again,
            Migrated {
                from: SCHEMA,
                to: SCHEMA
            }
        );
        let entry = store
            .get(Space::Meta, "schema")
            .await
            .expect("read")
            .expect("there");
        assert_eq!((entry.value.get(), entry.version), ("1", 1));
    }

    #[tokio::test]
    async fn steps_run_in_order_and_only_those_that_are_missing() {
        let store = MemoryStore::new(Clock::fixed(0));
        migrate(&store).await.expect("migrated");
        store
            .apply(&[record("old/a").expect("a record")])
            .await
            .expect("written");
        let done = migrate_by(&store, &[&Begin, &Rename])
            .await
            .expect("migrated");
        assert_eq!(done, Migrated { from: 1, to: 2 });
        assert_eq!(keys(&store).await, ["new/a"]);
    }

    #[tokio::test]
    async fn a_step_that_fails_leaves_nothing_behind() {
        let store = MemoryStore::new(Clock::fixed(0));
        store
            .apply(&[record("new/a").expect("a record")])
            .await
            .expect("written");
        let error = migrate_by(&store, &[&Begin, &Clashing])
            .await
            .expect_err("a conflict");
        assert!(matches!(error, StoreError::Conflict { .. }), "{error}");
        assert_eq!(keys(&store).await, ["new/a"]);
        let entry = store
            .get(Space::Meta, "schema")
            .await
            .expect("read")
            .expect("there");
        assert_eq!(entry.value.get(), "1");
    }

    #[tokio::test]
    async fn a_newer_store_is_refused_in_words() {
        let store = MemoryStore::new(Clock::fixed(0));
        migrate_by(&store, &[&Begin, &Rename, &Rename])
            .await
            .expect("migrated");
        let error = migrate(&store).await.expect_err("refused");
        insta::assert_snapshot!(error, @"the store has schema 3 but this version of Callboard knows only up to 1: start the newer version again, or give this one its own --data folder");
    }
}
