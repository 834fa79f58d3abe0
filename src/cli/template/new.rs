//! `callboard template new`: a small template to start from.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;

use crate::cli::output;

/// The files of the template.
const FILES: [(&str, &str); 4] = [
    ("template.yaml", include_str!("new/template.yaml")),
    (
        "skeleton/catalog-info.yaml",
        include_str!("new/skeleton/catalog-info.yaml"),
    ),
    ("skeleton/README.md", include_str!("new/skeleton/README.md")),
    (
        "skeleton/docs/index.md",
        include_str!("new/skeleton/docs/index.md"),
    ),
];

/// What stands for the template's name in the files.
const NAME: &str = "starter";

/// Where it is written.
#[derive(Debug, Args)]
pub struct New {
    /// The folder to write into, which gives the template its name; it must be empty or not there yet
    folder: PathBuf,
}

/// Writes it.
pub(super) fn run(options: &New) -> anyhow::Result<ExitCode> {
    let folder = &options.folder;
    let place = folder.display();
    let name = folder.file_name().and_then(|name| name.to_str());
    let Some(name) = name.filter(|name| is_name(name)) else {
        bail!(
            "the template is named after its folder, and {place} is no name for it: write lower-case letters, digits and hyphens, like templates/web-service"
        );
    };
    if fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some()) {
        bail!("{place} is not empty: name a folder that is, or one that is not there yet");
    }
    for (path, text) in FILES {
        let path = folder.join(path);
        let failed = || format!("{} cannot be written", path.display());
        fs::create_dir_all(path.parent().unwrap_or(folder)).with_context(failed)?;
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&path)
            .with_context(failed)?;
        file.write_all(text.replace(NAME, name).as_bytes())
            .with_context(failed)?;
    }
    output::text(&format!(
        "{} written into {place}.\nTry it: callboard template form {place}",
        output::count(FILES.len(), "file", "files")
    ))
}

fn is_name(name: &str) -> bool {
    let letter = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.len() <= 63
        && name
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(letter))
}
