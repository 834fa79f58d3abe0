//! Any text as what somebody types or pastes: understood, typed again as it was understood, looked up in the example
//! organisation.
#![no_main]

use std::path::Path;
use std::sync::{Arc, LazyLock};

use callboard::action::ACTIONS;
use callboard::catalog::descriptor::{Scope, read};
use callboard::catalog::file::SourceFile;
use callboard::catalog::filter::Query;
use callboard::catalog::index::Asking;
use callboard::catalog::pointer::paste;
use callboard::catalog::source::BlobId;
use callboard::catalog::state::{Facts, SourceState};
use callboard::catalog::{Catalog, EntityRef};
use callboard::command::{Book, Understood, quoted};
use libfuzzer_sys::fuzz_target;

static BOOK: LazyLock<Book> = LazyLock::new(|| callboard::bot::book(None, ACTIONS).0);

static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
    let mut files = Vec::new();
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/acme"));
    descriptors(root, root, &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let place = "https://github.com/acme/acme.git".to_owned();
    let facts = Facts {
        key: "acme".to_owned(),
        name: "acme".to_owned(),
        place,
        ..Facts::default()
    };
    Catalog::new(vec![Arc::new(SourceState { facts, files })])
});

fuzz_target!(|text: &str| {
    if let Understood::Call(parsed) = BOOK.understand(text) {
        let given = parsed
            .command
            .takes
            .iter()
            .filter(|param| !param.is_option());
        let given: Vec<&String> = given
            .filter_map(|param| parsed.arguments.get(&param.name))
            .collect();
        // A line of one plain argument says the same when it is typed with quotation marks.
        if let [value] = given[..]
            && parsed.arguments.len() == 1
            && !value.contains('\n')
        {
            let line = format!("{} {}", parsed.command.name, quoted(value));
            let Understood::Call(again) = BOOK.understand(&line) else {
                panic!("{line:?} is not understood");
            };
            assert_eq!(
                (&again.command.name, &again.arguments),
                (&parsed.command.name, &parsed.arguments)
            );
        }
    }
    if let Ok(reference) = EntityRef::parse(text, Some("component"), "default") {
        let again = EntityRef::parse(reference.as_str(), None, "default").expect("it is whole");
        assert_eq!(again, reference);
    }
    let lines = text.lines().count();
    for candidate in paste::candidates(text) {
        assert!(
            text.contains(candidate.words) && candidate.line as usize <= lines,
            "{candidate:?}"
        );
    }
    for named in paste::named(&CATALOG, text) {
        assert!(text.contains(&named.words), "{named:?}");
    }
    let _ = CATALOG.points_to(text, true);
    let asking = Asking {
        kinds: &[],
        near: &|_| false,
    };
    let _ = CATALOG.find(text, &asking);
    if let Ok(query) = Query::read(text) {
        let _ = CATALOG.search(&query.words, &asking, 5);
    }
});

fn descriptors(root: &Path, folder: &Path, files: &mut Vec<Arc<SourceFile>>) {
    for entry in std::fs::read_dir(folder)
        .expect("the example organisation is there")
        .flatten()
    {
        let path = entry.path();
        if path.is_dir() {
            descriptors(root, &path, files);
        } else if path.extension().is_some_and(|end| end == "yaml") {
            let name = path
                .strip_prefix(root)
                .expect("it is below")
                .to_string_lossy()
                .into_owned();
            let found = read(
                &name,
                &std::fs::read(&path).expect("it can be read"),
                Scope::Looked,
            );
            let file = SourceFile::new(&name, BlobId::UNREAD, Scope::Looked, found, None, 0);
            files.push(Arc::new(file));
        }
    }
}
