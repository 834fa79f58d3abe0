//! Which accounts are linked to which users, and the codes that are open.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::code::Code;
use crate::catalog::EntityRef;
use crate::clock::Clock;
use crate::message::PersonId;
use crate::store::{Entry, Space, Store, StoreError, Write, json};

/// How long a code is good.
pub(super) const GOOD: Duration = Duration::from_mins(10);

/// How long it is known of a code that it was good once, so that its holder is told so.
const REMEMBERED: Duration = Duration::from_hours(1);

/// How many codes an account may try in the time that a code is good.
const MOST_TRIES: u32 = 5;

/// How many links are read at once.
const PAGE: usize = 500;

/// What stands before the accounts that are linked.
const LINK: &str = "link/";

/// The links of all accounts. They are read whenever somebody says something whom the catalog does not know.
pub struct Links {
    store: Arc<dyn Store>,
    clock: Clock,
}

/// An account's link, as an operator reads it in an export.
#[derive(Debug, Serialize, Deserialize)]
struct Linked {
    user: EntityRef,
    /// Whose asking brought the code about.
    by: String,
    at: u64,
}

/// A code, as the store keeps it under its hash.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Open {
    user: EntityRef,
    by: String,
    until: u64,
    /// The account that used it up; nobody's where it was said aloud in vain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spent: Option<String>,
}

/// A code that is good.
pub(super) struct Offer {
    entry: Entry,
    open: Open,
}

impl Offer {
    /// The user it is for.
    pub(super) fn user(&self) -> &EntityRef {
        &self.open.user
    }
}

/// What a code turns out to be.
pub(super) enum Looked {
    /// Good.
    Good(Offer),
    /// None that was given within the last hour.
    Wrong,
    /// Too old.
    Old,
    /// Used up, by this account and for this user.
    Spent(String, EntityRef),
}

impl Links {
    /// Keeps them in this store.
    pub fn new(store: Arc<dyn Store>, clock: Clock) -> Self {
        Self { store, clock }
    }

    /// The user that an account is linked to; the catalog need not have that user any more.
    pub async fn user(&self, person: &PersonId) -> Result<Option<EntityRef>, StoreError> {
        let entry = self.store.get(Space::Record, &key(person)).await?;
        let linked = entry.map(|entry| entry.read::<Linked>()).transpose()?;
        Ok(linked.map(|linked| linked.user))
    }

    /// A new code for a user.
    pub(super) async fn offer(&self, user: &EntityRef, by: &PersonId) -> anyhow::Result<Code> {
        let code = Code::new()?;
        let key = code_key(&code).await?;
        let open = Open {
            user: user.clone(),
            by: by.key(),
            until: self.clock.after(GOOD),
            spent: None,
        };
        let write = Write::PutNew {
            space: Space::Pending,
            value: json(&key, &open)?,
            key,
            expires: Some(self.clock.after(REMEMBERED)),
        };
        self.store.apply(&[write]).await?;
        self.store.flush().await?;
        Ok(code)
    }

    /// Whether an account may try one more code. Trying is counted before it is known what comes of it, so that many at
    /// once are no more than many one by one.
    pub(super) async fn may_try(&self, person: &PersonId) -> Result<bool, StoreError> {
        let key = tries_key(person);
        loop {
            let space = Space::Pending;
            let (key, value) = (key.clone(), |count: u32| json(&key, &count));
            let write = match self.store.get(space, &key).await? {
                None => Write::PutNew {
                    space,
                    value: value(1)?,
                    key,
                    expires: Some(self.clock.after(GOOD)),
                },
                Some(entry) => match entry.read::<u32>()? {
                    MOST_TRIES.. => return Ok(false),
                    count => Write::Swap {
                        space,
                        at: entry.version,
                        value: value(count + 1)?,
                        key,
                        expires: entry.expires,
                    },
                },
            };
            match self.store.apply(&[write]).await {
                // The same account was quicker somewhere else.
                Err(StoreError::Conflict { .. }) => {}
                written => return written.map(|()| true),
            }
        }
    }

    /// Looks a code up.
    pub(super) async fn look(&self, code: &Code) -> anyhow::Result<Looked> {
        let key = code_key(code).await?;
        let Some(entry) = self.store.get(Space::Pending, &key).await? else {
            return Ok(Looked::Wrong);
        };
        let open: Open = entry.read()?;
        Ok(match &open.spent {
            Some(by) => Looked::Spent(by.clone(), open.user),
            None if open.until <= self.clock.millis() => Looked::Old,
            None => Looked::Good(Offer { entry, open }),
        })
    }

    /// Links an account by a good code, which is used up by that, and returns once it is on disk. `false`: somebody else
    /// has used the code first.
    pub(super) async fn link(&self, offer: Offer, person: &PersonId) -> Result<bool, StoreError> {
        let key = key(person);
        let linked = Linked {
            user: offer.open.user.clone(),
            by: offer.open.by.clone(),
            at: self.clock.millis(),
        };
        let writes = [
            spending(offer, person.key())?,
            Write::Put {
                space: Space::Record,
                value: json(&key, &linked)?,
                key,
                expires: None,
            },
            Write::Delete {
                space: Space::Pending,
                key: tries_key(person),
            },
        ];
        self.written(&writes).await
    }

    /// Makes a good code bad, and leaves any other as it is.
    pub(super) async fn spend(&self, code: &Code) -> anyhow::Result<()> {
        if let Looked::Good(offer) = self.look(code).await? {
            self.written(&[spending(offer, String::new())?]).await?;
        }
        Ok(())
    }

    /// Removes an account's own link and gives the user that it led to.
    pub(super) async fn unlink(&self, person: &PersonId) -> Result<Option<EntityRef>, StoreError> {
        let user = self.user(person).await?;
        if user.is_some() {
            self.remove([key(person)]).await?;
        }
        Ok(user)
    }

    /// Removes every link to a user and gives the accounts, like `matrix/@ana:acme.example`.
    pub(super) async fn unlink_all(&self, user: &EntityRef) -> Result<Vec<String>, StoreError> {
        let mut keys: Vec<String> = Vec::new();
        let mut after: Option<String> = None;
        loop {
            let page = self
                .store
                .scan(Space::Record, LINK, after.as_deref(), PAGE)
                .await?;
            let Some(last) = page.last() else { break };
            after = Some(last.key.clone());
            for entry in &page {
                if entry.read::<Linked>()?.user == *user {
                    keys.push(entry.key.clone());
                }
            }
        }
        if !keys.is_empty() {
            self.remove(keys.iter().cloned()).await?;
        }
        let accounts = keys.iter().filter_map(|key| key.strip_prefix(LINK));
        Ok(accounts.map(str::to_owned).collect())
    }

    async fn remove(&self, keys: impl IntoIterator<Item = String>) -> Result<(), StoreError> {
        let space = Space::Record;
        let writes = keys.into_iter().map(|key| Write::Delete { space, key });
        self.store.apply(&writes.collect::<Vec<_>>()).await?;
        self.store.flush().await
    }

    /// Writes and returns once it is on disk; `false` where somebody else was quicker.
    async fn written(&self, writes: &[Write]) -> Result<bool, StoreError> {
        match self.store.apply(writes).await {
            Err(StoreError::Conflict { .. }) => return Ok(false),
            written => written?,
        }
        self.store.flush().await?;
        Ok(true)
    }
}

/// Marks a code as used up, unless somebody else has done so since it was looked up.
fn spending(offer: Offer, by: String) -> Result<Write, StoreError> {
    let Offer { entry, open } = offer;
    let spent = Open {
        spent: Some(by),
        ..open
    };
    Ok(Write::Swap {
        space: Space::Pending,
        at: entry.version,
        value: json(&entry.key, &spent)?,
        expires: entry.expires,
        key: entry.key,
    })
}

fn key(person: &PersonId) -> String {
    format!("{LINK}{}", person.key())
}

fn tries_key(person: &PersonId) -> String {
    format!("link-tries/{}", person.key())
}

async fn code_key(code: &Code) -> anyhow::Result<String> {
    Ok(format!("link-code/{}", code.hash().await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryStore;

    fn account(id: &str) -> PersonId {
        PersonId {
            platform: "matrix".to_owned(),
            id: id.to_owned(),
        }
    }

    fn links() -> (Links, Arc<MemoryStore>) {
        let clock = Clock::fixed(1_000);
        let store = Arc::new(MemoryStore::new(clock.clone()));
        (Links::new(store.clone(), clock), store)
    }

    #[tokio::test]
    async fn of_two_that_use_a_code_at_once_one_is_linked() {
        let (links, _) = links();
        let omar = EntityRef::new("user", "default", "omar");
        let code = links.offer(&omar, &account("@a:b")).await.expect("a code");
        let mut offers = Vec::new();
        for _ in 0..2 {
            match links.look(&code).await.expect("the store") {
                Looked::Good(offer) => offers.push(offer),
                _ => panic!("the code is good"),
            }
        }
        let (second, first) = (offers.pop().expect("one"), offers.pop().expect("two"));
        let (one, two) = (account("@one:b"), account("@two:b"));
        assert!(links.link(first, &one).await.expect("the store"));
        assert!(!links.link(second, &two).await.expect("the store"));
        assert_eq!(links.user(&one).await.expect("the store"), Some(omar));
        assert_eq!(links.user(&two).await.expect("the store"), None);
    }

    #[tokio::test]
    async fn of_many_tries_at_once_five_are_taken() {
        let (links, _) = links();
        let links = Arc::new(links);
        let tries = (0..20).map(|_| {
            let links = links.clone();
            tokio::spawn(async move { links.may_try(&account("@a:b")).await })
        });
        let mut taken = 0;
        for tried in tries.collect::<Vec<_>>() {
            let may = tried.await.expect("it ends").expect("the store");
            taken += u32::from(may);
        }
        assert_eq!(taken, MOST_TRIES);
        assert!(links.may_try(&account("@b:b")).await.expect("the store"));
    }

    #[tokio::test]
    async fn the_store_never_sees_a_code() {
        let (links, store) = links();
        let omar = EntityRef::new("user", "default", "omar");
        let code = links.offer(&omar, &account("@a:b")).await.expect("a code");
        let scanned = store.scan(Space::Pending, "", None, 10).await;
        for entry in scanned.expect("the store") {
            let whole = format!("{} {}", entry.key, entry.value.get());
            let shown = code.shown();
            for written in [shown.replace('-', ""), shown] {
                assert!(!whole.contains(&written), "{whole}");
            }
        }
    }
}
