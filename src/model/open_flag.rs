//! Flags that let clients of a component change it or read it from other sites.

/// One flag.
#[derive(Debug, Clone, Copy)]
pub struct OpenFlag {
    /// The component that has it.
    pub component: &'static str,
    /// Its name, with its dashes.
    pub name: &'static str,
    /// The value with which it does so; none: it has none.
    pub value: Option<&'static str>,
    /// What every client can do then.
    pub allows: &'static str,
}
