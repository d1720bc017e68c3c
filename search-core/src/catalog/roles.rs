//! What a field is for.

use std::fmt;

/// One use of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// Its words are found by `q`.
    Search,
    /// Its values are counted.
    Facet,
    /// It may stand in a filter or a refinement.
    Filter,
    /// Hits can be ordered by it.
    Sort,
    /// Its values complete what a shopper types.
    Suggest,
    /// Its matching words are marked in the answer.
    Highlight,
    /// It is part of the returned product.
    Return,
}

impl Role {
    /// Every role, in the order in which they are listed.
    pub const ALL: [Role; 7] = [
        Role::Search,
        Role::Facet,
        Role::Filter,
        Role::Sort,
        Role::Suggest,
        Role::Highlight,
        Role::Return,
    ];

    /// The name in a catalogue.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Search => "search",
            Role::Facet => "facet",
            Role::Filter => "filter",
            Role::Sort => "sort",
            Role::Suggest => "suggest",
            Role::Highlight => "highlight",
            Role::Return => "return",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Role> {
        Role::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// A set of roles.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// The set of these roles.
    pub const fn of(roles: &[Role]) -> Roles {
        let mut bits = 0;
        let mut rest = roles;
        while let [role, others @ ..] = rest {
            bits |= 1 << *role as u8;
            rest = others;
        }
        Roles(bits)
    }

    /// Whether the role is in the set.
    pub const fn has(self, role: Role) -> bool {
        self.0 & (1 << role as u8) != 0
    }

    /// Whether the set is empty.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles of the set, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |&role| self.has(role))
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Roles {
        Roles(roles.into_iter().fold(0, |bits, role| bits | 1 << role as u8))
    }
}

impl fmt::Debug for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.iter()).finish()
    }
}
