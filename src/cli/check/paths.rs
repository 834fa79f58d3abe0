//! Checking and mending what lies below paths of this machine.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context;

use crate::action::ACTIONS;
use crate::bot;
use crate::catalog::check::fix::{Change, fix as mend};
use crate::catalog::check::{Against, Checked, check_file, check_folder};
use crate::catalog::problem::{Problem, rule};
use crate::cli::around;
use crate::config::Level;
use crate::scaffold::check;
use crate::scaffold::source::Local;
use crate::scaffold::template::Template;

/// Everything that is wrong below the paths.
pub(super) async fn check(paths: &[PathBuf], against: &Against) -> anyhow::Result<Checked> {
    let mut all = Checked::default();
    for path in paths {
        let checked = check_path(path, against).await?;
        for file in &checked.templates {
            all.problems.extend(slips(file).await);
        }
        all.problems.extend(checked.problems);
        all.texts.extend(checked.texts);
    }
    Ok(all)
}

/// What is wrong with the template in a file beyond what its descriptor shows. What it fetches from elsewhere is not looked at.
async fn slips(file: &str) -> Vec<Problem> {
    let path = Path::new(file);
    let folder = around(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (Ok(read), Ok(source)) = (Template::at(folder, &name), Local::new(folder)) else {
        // That a file cannot be read was told of the descriptor.
        return Vec::new();
    };
    check::check_read(read, &source, |file| shown(folder, file)).await
}

/// Mends the descriptors below the paths, and says what was done, a line each. Rules that are off mend nothing.
pub(super) async fn fix(
    paths: &[PathBuf],
    levels: &BTreeMap<String, Level>,
) -> anyhow::Result<String> {
    let checked = check(paths, &Against::default()).await?;
    let files: BTreeSet<&str> = checked
        .problems
        .iter()
        .filter(|problem| levels.get(&problem.rule) != Some(&Level::Off))
        .filter(|problem| rule::find(&problem.rule).is_some_and(|rule| rule.fixable))
        .map(|problem| &*problem.file)
        .collect();
    let mut said = String::new();
    for file in files {
        let Ok(text) = std::fs::read_to_string(file) else {
            continue;
        };
        let (mended, changes) = mend(&text);
        if changes.is_empty() {
            continue;
        }
        std::fs::write(file, mended).with_context(|| format!("{file} cannot be written"))?;
        for Change {
            line,
            column,
            rule,
            before,
            after,
        } in changes
        {
            // Writing to a text cannot fail.
            let _ = writeln!(
                said,
                "{file}:{line}:{column}: fixed[{rule}]: {before} is now {after}"
            );
        }
    }
    Ok(said)
}

async fn check_path(path: &Path, against: &Against) -> anyhow::Result<Checked> {
    let metadata =
        std::fs::metadata(path).with_context(|| format!("{} cannot be read", path.display()))?;
    if metadata.is_dir() {
        return check_below(path, against).await;
    }
    let folder = around(path);
    let name = path.file_name().unwrap_or_default();
    if path.extension().is_some_and(|ending| ending == "md") {
        let (_, mut problems) = bot::book(Some(folder), ACTIONS);
        problems.retain(|problem| Path::new(&problem.file) == folder.join(name));
        return Ok(Checked {
            problems,
            ..Checked::default()
        });
    }
    let checked = check_file(folder, &name.to_string_lossy(), against).await?;
    Ok(renamed(checked, |_| path.to_string_lossy().into_owned()))
}

async fn check_below(path: &Path, against: &Against) -> anyhow::Result<Checked> {
    // An organisation's own commands lie in `commands/`, or the folder itself is that folder.
    let own = path.strip_prefix(".").unwrap_or(path).join("commands");
    let folder = if path.file_name().is_some_and(|name| name == "commands") {
        path
    } else {
        &own
    };
    let commands = holds_commands(folder);
    let mut checked = check_folder(path, against).await?;
    // A folder of commands need not hold descriptors as well.
    checked
        .problems
        .retain(|problem| !commands || problem.rule != rule::NO_DESCRIPTOR);
    let mut checked = renamed(checked, |file| shown(path, file));
    if commands {
        let (_, found) = bot::book(Some(folder), ACTIONS);
        let below = found
            .into_iter()
            .filter(|problem| Path::new(&problem.file).starts_with(folder));
        checked.problems.extend(below);
    }
    Ok(checked)
}

fn holds_commands(folder: &Path) -> bool {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.map(|entry| entry.path()).any(|path| {
        path.extension().is_some_and(|ending| ending == "md")
            && std::fs::read_to_string(&path).is_ok_and(|text| text.trim_start().starts_with("+++"))
    })
}

/// What was checked, with other names for its files.
fn renamed(checked: Checked, name: impl Fn(&str) -> String) -> Checked {
    let Checked {
        mut problems,
        texts,
        templates,
    } = checked;
    for problem in &mut problems {
        problem.file = name(&problem.file);
    }
    let texts = texts.into_iter();
    Checked {
        problems,
        texts: texts.map(|(file, text)| (name(&file), text)).collect(),
        templates: templates.iter().map(|file| name(file)).collect(),
    }
}

fn shown(folder: &Path, file: &str) -> String {
    // What is wrong with the folder itself is said of `.`.
    if file == "." {
        return folder.to_string_lossy().into_owned();
    }
    let folder = folder.strip_prefix(".").unwrap_or(folder);
    folder.join(file).to_string_lossy().into_owned()
}
