//! Organisations as sources: GitHub, GitLab and Forgejo on stand-ins that are strict.

mod http;
