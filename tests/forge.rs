//! Organisations as sources: GitHub, GitLab and Forgejo on stand-ins that are strict.

mod forgejo;
mod github;
mod gitlab;
mod http;
