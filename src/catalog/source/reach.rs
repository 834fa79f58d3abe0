//! Where Locations may lead, and with whose credentials: to the hosts of the configured sources and to those that the
//! configuration allows. Everything else stays shut, private addresses included.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use url::Url;

use super::super::location::{Page, identity};
use super::{Configured, Lead};
use crate::config::ConfigError;

/// The hosts that sources may lead to.
pub struct Reach {
    hosts: Vec<Host>,
    /// Where mirrors of repositories are kept.
    data: PathBuf,
    /// How long one read of a repository may take.
    timeout: Duration,
}

/// One host that Locations may lead to.
struct Host {
    /// Scheme, host and port of its pages, as [`Page::origin`] writes them.
    origin: String,
    /// How repositories on it are fetched.
    transport: Transport,
    /// The sources whose credentials are good for it; none for a host that is merely allowed.
    lenders: Vec<Arc<Configured>>,
}

enum Transport {
    /// By the scheme of the page.
    Http,
    /// By ssh, with everything that stands before the slug: `git@github.com:` or `ssh://git@github.com/`.
    Ssh(String),
}

impl Reach {
    /// The hosts of the configured sources, the first source of each lending its credentials, and the allowed ones,
    /// written as `git.acme.example`, `git.acme.example:8443` or `http://localhost:3000`. Mirrors are kept below `data`,
    /// and one read of a repository may take `timeout`.
    pub fn new(
        sources: &[Arc<Configured>],
        allowed: &[String],
        data: &Path,
        timeout: Duration,
    ) -> Result<Self, ConfigError> {
        let mut hosts: Vec<Host> = Vec::new();
        for source in sources {
            let Some((origin, transport)) = host(&source.place) else {
                continue;
            };
            match hosts.iter_mut().find(|known| known.origin == origin) {
                Some(known) => known.lenders.push(source.clone()),
                None => hosts.push(Host {
                    origin,
                    transport,
                    lenders: vec![source.clone()],
                }),
            }
        }
        for text in allowed {
            let url = if text.contains("://") {
                text.clone()
            } else {
                format!("https://{text}")
            };
            let origin = origin(&url).filter(|origin| *origin == url.trim_end_matches('/'));
            let Some(origin) = origin else {
                return Err(ConfigError::new(format!(
                    "`locations.allow` holds {text:?}, which is no host; write it like git.acme.example or http://localhost:3000"
                )));
            };
            if hosts.iter().all(|known| known.origin != origin) {
                hosts.push(Host {
                    origin,
                    transport: Transport::Http,
                    lenders: Vec::new(),
                });
            }
        }
        Ok(Self {
            hosts,
            data: data.to_owned(),
            timeout,
        })
    }

    /// The address to fetch a page's repository from; `None` where Locations may not lead.
    pub fn place(&self, page: &Page) -> Option<String> {
        let host = self.hosts.iter().find(|host| host.origin == page.origin)?;
        Some(match &host.transport {
            Transport::Http => page.repository(),
            Transport::Ssh(before) => format!("{before}{}.git", page.slug),
        })
    }

    /// Whether an address that git takes is on one of the hosts.
    pub fn reaches(&self, place: &str) -> bool {
        host(place).is_some_and(|(origin, _)| self.hosts.iter().any(|host| host.origin == origin))
    }

    /// The source whose credentials are good for this address: one of the same organisation, else the one that leads
    /// there, else the first of the host.
    pub fn lender(
        &self,
        place: &str,
        leading: Option<&Arc<Configured>>,
    ) -> Option<Arc<Configured>> {
        let (origin, _) = host(place)?;
        let host = self.hosts.iter().find(|host| host.origin == origin)?;
        let same = identity(place);
        let within = |source: &&Arc<Configured>| {
            let rest = same.strip_prefix(&identity(&source.place));
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let leading =
            leading.filter(|source| host.lenders.iter().any(|of| Arc::ptr_eq(of, source)));
        let lender = host.lenders.iter().find(within).or(leading);
        lender.or(host.lenders.first()).cloned()
    }

    /// Makes a source of what another one leads to.
    pub fn led(
        &self,
        lead: &Lead,
        leading: Option<&Arc<Configured>>,
    ) -> Result<Configured, ConfigError> {
        let lender = self.lender(&lead.place, leading);
        Configured::led(lead, lender, &self.data, self.timeout)
    }
}

/// The host of an address that git takes: the origin of its pages, and how it is fetched from.
fn host(place: &str) -> Option<(String, Transport)> {
    if let Some(origin) = origin(place) {
        return Some((origin, Transport::Http));
    }
    let same = identity(place);
    let name = same.split(['/', ':']).next().filter(|name| *name != same)?;
    let before = match place.strip_prefix("ssh://") {
        Some(rest) => format!("ssh://{}/", rest.split('/').next()?),
        None => format!("{}:", place.split_once(':')?.0),
    };
    Some((format!("https://{name}"), Transport::Ssh(before)))
}

/// Scheme, host and port of a web address, a usual port left out.
fn origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let is_web = matches!(url.scheme(), "http" | "https");
    (is_web && url.username().is_empty()).then(|| url.origin().ascii_serialization())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SourceConfig;

    fn reach(places: &[&str], allowed: &[&str]) -> Result<Reach, String> {
        let sources: Vec<Arc<Configured>> = places
            .iter()
            .map(|place| {
                let config = SourceConfig::of(place).expect("a source");
                Arc::new(
                    Configured::new(&config, Path::new(""), Duration::MAX).expect("configured"),
                )
            })
            .collect();
        let allowed: Vec<String> = allowed.iter().map(|host| (*host).to_owned()).collect();
        Reach::new(&sources, &allowed, Path::new(""), Duration::MAX)
            .map_err(|error| error.to_string())
    }

    fn place(reach: &Reach, url: &str) -> Option<String> {
        reach.place(&Page::of(url).expect("a page"))
    }

    #[test]
    fn only_hosts_that_are_named_are_reached() {
        let reach = reach(
            &["https://github.com/acme/catalog.git", "/srv/git/catalog"],
            &["git.acme.example"],
        )
        .expect("good");
        assert_eq!(
            place(&reach, "https://github.com/acme/other/blob/main/x.yaml").as_deref(),
            Some("https://github.com/acme/other.git")
        );
        assert!(
            place(
                &reach,
                "https://git.acme.example/a/b/src/branch/main/x.yaml"
            )
            .is_some()
        );
        for url in [
            "http://github.com/acme/other/blob/main/x.yaml",
            "https://github.com:8443/acme/other/blob/main/x.yaml",
            "https://169.254.169.254/acme/other/blob/main/x.yaml",
            "https://github.com.evil.example/acme/other/blob/main/x.yaml",
        ] {
            assert_eq!(place(&reach, url), None, "{url}");
        }
        let lender = reach.lender("https://github.com/acme/other.git", None);
        assert_eq!(
            lender.map(|source| source.name.clone()).as_deref(),
            Some("catalog")
        );
        assert!(
            reach
                .lender("https://git.acme.example/a/b.git", None)
                .is_none()
        );
    }

    #[test]
    fn a_host_that_is_fetched_from_by_ssh_stays_so() {
        for (source, expected) in [
            (
                "git@git.acme.example:acme/catalog.git",
                "git@git.acme.example:a/b.git",
            ),
            (
                "ssh://git@git.acme.example:2222/acme/catalog.git",
                "ssh://git@git.acme.example:2222/a/b.git",
            ),
        ] {
            let reach = reach(&[source], &[]).expect("good");
            let page = "https://git.acme.example/a/b/src/branch/main/x.yaml";
            assert_eq!(place(&reach, page).as_deref(), Some(expected));
            assert!(reach.lender(expected, None).is_some() && reach.reaches(expected));
        }
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for text in ["https://git.acme.example/path", "ftp://x", "", "a b"] {
            let error = reach(&[], &[text]).err().unwrap_or_default();
            assert!(error.contains("write it like"), "{text}: {error}");
        }
    }
}
