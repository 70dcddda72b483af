//! What the program that reads a connection string takes, and what it refuses.

/// A setting that holds a connection string.
#[derive(Debug)]
pub struct Connection {
    /// The component.
    pub component: &'static str,
    /// The setting.
    pub setting: &'static str,
    /// What connects: `lib/pq 1.10`, for messages.
    pub client: &'static str,
    /// True when several servers with commas between them are tried in turn.
    pub many_servers: bool,
    /// True when the path is the number of a database.
    pub numbered_database: bool,
    /// The parameters in the query that the client reads itself; none: the query is not checked.
    pub parameters: &'static [Parameter],
    /// Parameters of other clients. This one sends them to the server, which refuses them, with what to do instead.
    pub foreign: &'static [(&'static str, &'static str)],
    /// Parameters that the server takes for the session.
    pub of_server: &'static [&'static str],
}

/// A parameter in the query of a connection string.
#[derive(Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// What it may hold.
    pub values: Values,
}

/// The values of a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// Any text.
    Any,
    /// One of these words; the last of each pair is what to write for a word of other clients.
    OneOf(&'static [&'static str], &'static [(&'static str, &'static str)]),
    /// A whole number, with its unit for the message.
    Number(&'static str),
}
