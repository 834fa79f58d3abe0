//! Forges on stand-ins that are strict: organisations of GitHub, GitLab and Forgejo as sources, and what is made in them.

mod forgejo;
mod github;
mod gitlab;
mod http;
mod publish;
