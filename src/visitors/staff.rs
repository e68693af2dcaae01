//! The visitor as which somebody who manages keys tries out what shoppers are answered. No token is given out: nothing
//! but the request that tries it has this visitor.

use crate::domain::ids::WorkspaceId;
use crate::domain::key::{KeyKind, KeyRecord, KeyUnusable};
use crate::domain::origin::{Origin, OriginRules};
use crate::domain::user::User;
use crate::domain::visitor::{Visitor, VisitorId, VisitorToken, Withdrawn};
use chrono::{DateTime, Utc};
use std::sync::Arc;

/// Why nobody can be such a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NoStaffVisitor {
    #[error("the key is not a publishable key of this workspace")]
    NotOfWorkspace,
    #[error("the key cannot be used")]
    Unusable(KeyUnusable),
    #[error("no page may use the key")]
    NoPage,
    #[error("the workspace serves customers who are logged in only")]
    IdentityEnforced,
}

/// The visitor that `user` is with this key: always the same one. On the first page that the key may be used in.
///
/// # Errors
/// [`NoStaffVisitor`], as a shopper's browser would be refused.
pub fn staff_visitor(
    key: Arc<KeyRecord>,
    workspace: WorkspaceId,
    user: &User,
    now: DateTime<Utc>,
) -> Result<Visitor, NoStaffVisitor> {
    let bound = key.workspace.as_deref().filter(|bound| bound.id == workspace && key.tenant == user.tenant);
    let bound = bound.filter(|_| key.kind == KeyKind::Publishable).ok_or(NoStaffVisitor::NotOfWorkspace)?;
    key.usable(now).map_err(NoStaffVisitor::Unusable)?;
    let origin = page_of(&key.origins).ok_or(NoStaffVisitor::NoPage)?;
    let token = VisitorToken {
        key: key.public_id,
        tenant: key.tenant,
        workspace,
        origin,
        generation: bound.visitors.token_generation,
        visitor: VisitorId::of_staff(user.tenant, user.id),
        subject: None,
        session_began: now,
    };
    Arc::new(token).with(key).map_err(|why| match why {
        Withdrawn::IdentityMissing | Withdrawn::IdentityOff => NoStaffVisitor::IdentityEnforced,
        Withdrawn::Revoked => NoStaffVisitor::NotOfWorkspace,
        Withdrawn::Origin => NoStaffVisitor::NoPage,
    })
}

/// A page that the rules allow, the first that can be named.
fn page_of(rules: &OriginRules) -> Option<Origin> {
    let named = rules.patterns().iter().map(|pattern| pattern.as_str().replace("*.", "www.").replace(":*", ":3000"));
    let others = ["https://shop.example", "capacitor://localhost", "null"].map(str::to_owned);
    named.chain(others).filter_map(|text| Origin::parse(&text).ok()).find(|origin| rules.allows(origin))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::origin::OriginPattern;

    fn page(patterns: &[&str], allow_null: bool, allow_any: bool) -> Option<String> {
        let patterns = patterns.iter().map(|text| OriginPattern::parse(text).unwrap()).collect();
        page_of(&OriginRules::new(patterns, allow_null, allow_any)).map(|origin| origin.as_str().to_owned())
    }

    #[test]
    fn a_page_is_one_that_the_key_may_be_used_in() {
        assert_eq!(page(&["https://shop.test"], false, false).as_deref(), Some("https://shop.test"));
        assert_eq!(page(&["https://*.shop.test"], false, false).as_deref(), Some("https://www.shop.test"));
        assert_eq!(page(&["http://localhost:*"], false, false).as_deref(), Some("http://localhost:3000"));
        assert_eq!(page(&[], false, true).as_deref(), Some("https://shop.example"));
        assert_eq!(page(&[], true, false).as_deref(), Some("null"));
        assert_eq!(page(&[], false, false), None);
    }
}
