//! A text that somebody pastes without a command: they want to know whose it is.

use std::collections::BTreeMap;

use crate::catalog::Catalog;
use crate::catalog::pointer::form::{self, Form};
use crate::catalog::pointer::paste;
use crate::command::{Book, Parsed, Understood};

/// The action that tells whose things are.
const ACTION: &str = "catalog.owner";

/// Makes a question for the owner of a text that names something known; all else stays as it was understood.
pub(super) fn asks_whose(
    catalog: &Catalog,
    book: &Book,
    understood: Understood,
    line: &str,
) -> Understood {
    let text = match &understood {
        Understood::Pasted(text) => text,
        Understood::Unknown { .. } if line.trim().contains('\n') || is_address(line) => line,
        _ => return understood,
    };
    let command = book
        .commands()
        .find(|command| command.action.as_deref() == Some(ACTION));
    let param = command.and_then(|command| {
        let mut params = command.takes.iter();
        params.find(|param| param.kind == "entity-or-path")
    });
    let (Some(command), Some(param)) = (command, param) else {
        return understood;
    };
    let named = is_address(text) && catalog.points_to(text.trim(), true).len() == 1
        || !paste::named(catalog, text).is_empty();
    if !named {
        return understood;
    }
    Understood::Call(Parsed {
        command: command.clone(),
        arguments: BTreeMap::from([(param.name.clone(), text.trim().to_owned())]),
    })
}

/// Whether a line is nothing but an address: of a file, a repository or a page.
fn is_address(line: &str) -> bool {
    matches!(form::read(line), Some(Form::Address(_)))
}
