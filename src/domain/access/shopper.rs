//! Asking as a shopper would: somebody who manages keys tries out what a visitor with one of them is answered.

use super::matrix::{Holder, Permission, allows};
use super::{Access, Forbidden, Permit, Principal, Provenance, authorize};
use crate::domain::scope::Scope;
use crate::domain::visitor::Visitor;
use std::net::IpAddr;
use std::sync::Arc;

impl Permit {
    /// The permit of a visitor to chat, for a user who may see the tenant's keys. Everything that holds for the visitor
    /// holds: the key's scopes, its pages, and whether its workspace answers.
    ///
    /// # Errors
    /// [`Forbidden::Role`] for others, and for a key of another tenant; else why the visitor may not.
    pub fn as_shopper(&self, visitor: Arc<Visitor>, client_ip: IpAddr) -> Result<Self, Forbidden> {
        let Principal::User(user) = &self.principal else { return Err(Forbidden::UsersOnly) };
        let may = allows(Holder::User(user.role), Permission::Scope(Scope::KeysRead));
        if !may || visitor.key().tenant != user.tenant {
            return Err(Forbidden::Role);
        }
        let origin = Some(visitor.token().origin.clone());
        let provenance = Provenance { origin, same_origin: None, client_ip: Some(client_ip) };
        authorize(Access::Scope(Scope::ChatWrite), Principal::Visitor(visitor), &provenance)
    }
}
