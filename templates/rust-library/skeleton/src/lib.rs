//! Greets people. This is the example that came with the library: say here what yours is for, and show its use.
//!
//! ```
//! use ${{ values.crate }}::Greeting;
//!
//! let greeting = Greeting::to("Ada")?;
//! assert_eq!(greeting.to_string(), "Hello, Ada!");
//! # Ok::<(), ${{ values.crate }}::EmptyName>(())
//! ```

use std::error::Error;
use std::fmt;

/// A greeting to somebody who has a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Greeting {
    name: String,
}

/// There was nobody to greet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmptyName;

impl Greeting {
    /// Greets somebody. White space around the name is not a part of it.
    ///
    /// # Errors
    ///
    /// When nothing is left of the name.
    pub fn to(name: &str) -> Result<Self, EmptyName> {
        match name.trim() {
            "" => Err(EmptyName),
            name => Ok(Self {
                name: name.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Greeting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Hello, {}!", self.name)
    }
}

impl fmt::Display for EmptyName {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the name is empty")
    }
}

impl Error for EmptyName {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_out_white_space_around_a_name() {
        assert_eq!(Greeting::to(" Ada\n"), Greeting::to("Ada"));
    }

    #[test]
    fn refuses_an_empty_name() {
        assert_eq!(Greeting::to(" \t"), Err(EmptyName));
    }
}
