//! Which repositories of an organisation are read.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use crate::config::{ConfigError, SourceConfig, Visibility};
use crate::forge::Repository;

/// What the configuration says of repositories.
pub struct Filter {
    /// `None` takes every name.
    taken: Option<GlobSet>,
    left_out: GlobSet,
    topics: Vec<String>,
    visibility: Vec<Visibility>,
    archived: bool,
    forks: bool,
}

impl Filter {
    /// The filter of a source.
    pub fn new(config: &SourceConfig) -> Result<Self, ConfigError> {
        let (left_out, taken): (Vec<&str>, Vec<&str>) = config
            .repositories
            .iter()
            .map(String::as_str)
            .partition(|pattern| pattern.starts_with('!'));
        let left_out: Vec<&str> = left_out
            .iter()
            .map(|pattern| pattern.trim_start_matches('!'))
            .collect();
        Ok(Self {
            taken: if taken.is_empty() {
                None
            } else {
                Some(set(&taken)?)
            },
            left_out: set(&left_out)?,
            topics: config
                .topics
                .iter()
                .map(|topic| topic.to_lowercase())
                .collect(),
            visibility: config.visibility.clone(),
            archived: config.archived,
            forks: config.forks,
        })
    }

    /// Whether a repository is read.
    pub fn takes(&self, repository: &Repository) -> bool {
        let slug = &repository.slug;
        let named = self.taken.as_ref().is_none_or(|taken| taken.is_match(slug));
        let topic = |topic: &String| self.topics.contains(&topic.to_lowercase());
        named
            && !self.left_out.is_match(slug)
            && (self.topics.is_empty() || repository.topics.iter().any(topic))
            && (self.visibility.is_empty() || self.visibility.contains(&repository.visibility))
            && (self.archived || !repository.archived)
            && (self.forks || !repository.fork)
    }
}

/// Globs over slugs, which forges compare without regard to case. One without a slash is for the name alone.
fn set(patterns: &[&str]) -> Result<GlobSet, ConfigError> {
    let mut builder = GlobSetBuilder::new();
    for pattern in patterns {
        let whole = if pattern.contains('/') {
            (*pattern).to_owned()
        } else {
            format!("**/{pattern}")
        };
        let glob = GlobBuilder::new(&whole)
            .literal_separator(true)
            .case_insensitive(true)
            .build();
        builder.add(glob.map_err(|error| {
            let kind = error.kind();
            ConfigError::new(format!(
                "{pattern:?} under `repositories` is not a glob: {kind}"
            ))
        })?);
    }
    builder
        .build()
        .map_err(|error| ConfigError::new(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository(slug: &str) -> Repository {
        Repository {
            slug: slug.to_owned(),
            clone_url: String::new(),
            default_branch: None,
            topics: vec!["Backend".to_owned()],
            visibility: Visibility::Internal,
            archived: false,
            fork: false,
            empty: false,
            marker: None,
        }
    }

    fn takes(keys: &str, repository: &Repository) -> bool {
        let config = format!("name = \"a\"\ngithub = \"acme\"\n{keys}");
        let config: SourceConfig = toml::from_str(&config).expect("known keys");
        Filter::new(&config).expect("globs").takes(repository)
    }

    #[test]
    fn globs_take_and_leave_out() {
        let all = ["acme/pay", "acme/old-pay", "acme/team/pay", "Acme/Billing"];
        let taken = |keys: &str| -> Vec<&str> {
            let taken = all.iter().filter(|slug| takes(keys, &repository(slug)));
            taken.copied().collect()
        };
        assert_eq!(taken(""), all);
        let keys = "repositories = [\"acme/*\", \"!acme/old-*\"]";
        assert_eq!(taken(keys), ["acme/pay", "Acme/Billing"]);
        assert_eq!(
            taken("repositories = [\"pay\"]"),
            ["acme/pay", "acme/team/pay"]
        );
        assert_eq!(taken("repositories = [\"!*pay\"]"), ["Acme/Billing"]);
    }

    #[test]
    fn what_a_repository_is_counts_as_well() {
        let plain = repository("acme/pay");
        assert!(takes("topics = [\"backend\", \"x\"]", &plain));
        assert!(!takes("topics = [\"frontend\"]", &plain));
        assert!(takes("visibility = [\"internal\"]", &plain));
        assert!(!takes("visibility = [\"public\"]", &plain));
        let archived = Repository {
            archived: true,
            ..repository("acme/pay")
        };
        assert!(!takes("", &archived) && takes("archived = true", &archived));
        let fork = Repository {
            fork: true,
            ..repository("acme/pay")
        };
        assert!(!takes("", &fork) && takes("forks = true", &fork));
    }
}
