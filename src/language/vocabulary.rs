//! The vocabulary: which words exist, told to the language by whoever implements them.

use super::signature::Signature;

/// A word of a closed set, with what it means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// The word.
    pub name: &'static str,
    /// What it means, in half a line.
    pub summary: &'static str,
}

/// A built-in function of expressions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FunctionEntry {
    /// Its name.
    pub name: &'static str,
    /// Its parameters as help writes them: `text, from, count`.
    pub parameters: &'static str,
    /// Fewest and most arguments.
    pub arity: (usize, usize),
    /// What it gives back, in half a line.
    pub summary: &'static str,
}

/// An event that a handler block may answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EventEntry {
    /// Its name after `on`, what may follow the name, and its summary.
    pub signature: Signature,
    /// The commands in whose block it may stand.
    pub commands: &'static [&'static str],
    /// The variables that its block sees, beyond those of every handler.
    pub variables: &'static [Entry],
}

/// A text that is not the address it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddressProblem {
    /// Byte offset into the text where it stops making sense.
    pub offset: usize,
    /// What was expected there: `a port from 0 to 65535`.
    pub expected: String,
}

/// Which words exist. The engine's registries implement it; all slices are sorted by nothing but
/// the order in which help shows them.
pub trait Vocabulary: Sync {
    /// The commands.
    fn commands(&self) -> &[&'static Signature];
    /// The stages and handlers of pipelines.
    fn stages(&self) -> &[&'static Signature];
    /// The transports.
    fn protocols(&self) -> &[Entry];
    /// The built-in functions.
    fn functions(&self) -> &[FunctionEntry];
    /// The events.
    fn events(&self) -> &[EventEntry];
    /// The variables that every handler block sees, beyond those of its event.
    fn handler_variables(&self) -> &[Entry];
    /// The fields of a session, as in `$srv.port`.
    fn fields(&self) -> &[Entry];
    /// What else help tells about: topics, settings and the like.
    fn topics(&self) -> &[Entry] {
        &[]
    }
    /// Whether `text` is an address (without variables in it).
    fn check_address(&self, text: &str) -> Result<(), AddressProblem>;
    /// Whether `text` is a URL (without variables in it).
    fn check_url(&self, text: &str) -> Result<(), AddressProblem>;
    /// Whether what stands behind that transport is a command in quotes.
    fn takes_command(&self, protocol: &str) -> bool;
    /// The transport that an address (without variables in it) names before its place, if it names one.
    fn protocol_of(&self, address: &str) -> Option<String>;
    /// The transport of addresses where nothing names one.
    fn default_protocol(&self) -> &'static str;
}

/// What lives outside the script that is checked: sessions and variables of a running shell.
///
/// Whether one is there is asked while a line is typed and with every statement, so it must be quick; lists are asked
/// for where something is chosen from them.
pub trait Names {
    /// Whether a session of that name is there.
    fn has_session(&self, name: &str) -> bool;
    /// Whether a variable of that name is there, without `$`.
    fn has_variable(&self, name: &str) -> bool;
    /// The fewest and most arguments of the user's own function of that name.
    fn arity(&self, function: &str) -> Option<(usize, usize)>;
    /// Names of at most `most` sessions that are there and begin with `prefix`.
    fn sessions(&self, prefix: &str, most: usize) -> Vec<String>;
    /// Names of the variables that are there, without `$`.
    fn variables(&self) -> Vec<String>;
    /// Names of the user's own functions.
    fn functions(&self) -> Vec<String>;
    /// What the session of that name is, in half a line; empty when nobody knows.
    fn session_summary(&self, name: &str) -> String;
}

/// The same names, with lists of one session at most and no summaries: for who asks with every key whether there is
/// any, and reads no suggestions.
pub struct Sampled<'n>(pub &'n dyn Names);

impl Names for Sampled<'_> {
    fn has_session(&self, name: &str) -> bool {
        self.0.has_session(name)
    }
    fn has_variable(&self, name: &str) -> bool {
        self.0.has_variable(name)
    }
    fn arity(&self, function: &str) -> Option<(usize, usize)> {
        self.0.arity(function)
    }
    fn sessions(&self, prefix: &str, most: usize) -> Vec<String> {
        self.0.sessions(prefix, most.min(1))
    }
    fn variables(&self) -> Vec<String> {
        self.0.variables()
    }
    fn functions(&self) -> Vec<String> {
        self.0.functions()
    }
    fn session_summary(&self, _name: &str) -> String {
        String::new()
    }
}

/// Nothing is there yet: what a script file is checked against.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoNames;

impl Names for NoNames {
    fn has_session(&self, _name: &str) -> bool {
        false
    }
    fn has_variable(&self, _name: &str) -> bool {
        false
    }
    fn arity(&self, _function: &str) -> Option<(usize, usize)> {
        None
    }
    fn sessions(&self, _prefix: &str, _most: usize) -> Vec<String> {
        Vec::new()
    }
    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
    fn functions(&self) -> Vec<String> {
        Vec::new()
    }
    fn session_summary(&self, _name: &str) -> String {
        String::new()
    }
}
