//! What the system knows of the person at the terminal.

/// The full name that the system knows a user by, or the user's name.
pub(super) fn display_name(user: &str) -> String {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    full_name(&users, user).unwrap_or(user).to_owned()
}

/// passwd(5): name, password, user id, group id, full name with other things after commas, home, shell.
fn full_name<'u>(users: &'u str, user: &str) -> Option<&'u str> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(user))?;
    let name = line.split(':').nth(4)?.split(',').next()?.trim();
    (!name.is_empty()).then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_full_name_is_the_first_part_of_its_field() {
        let users = "root:x:0:0::/root:/bin/sh\nana:x:7:7:Ana Lima,Room 3,,:/home/ana:/bin/sh\n";
        assert_eq!(full_name(users, "ana"), Some("Ana Lima"));
        assert_eq!(full_name(users, "root"), None);
        assert_eq!(full_name(users, "an"), None);
    }
}
