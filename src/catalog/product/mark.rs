//! The mark of a product's document: its author in AnythingLLM, which comes back with every passage and every listing.

use crate::domain::ids::WorkspaceId;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use uuid::Uuid;

/// Begins the author of every document of ours.
const AUTHOR: &str = "vestibule-catalog";

/// The author of a product's document: our mark, the workspace, the attempt to store it, the product.
pub fn author(workspace: WorkspaceId, attempt: Uuid, product_key: &str) -> String {
    format!("{}{attempt}/{}", authors_of(workspace), utf8_percent_encode(product_key, NON_ALPHANUMERIC))
}

/// Begins the author of every document of a workspace's catalogue.
pub fn authors_of(workspace: WorkspaceId) -> String {
    format!("{AUTHOR}/{workspace}/")
}

/// The workspace that a document names as its own, if it bears our mark.
pub fn workspace_of(author: &str) -> Option<WorkspaceId> {
    let rest = author.strip_prefix(AUTHOR)?.strip_prefix('/')?;
    Some(WorkspaceId(rest.split('/').next()?.parse().ok()?))
}

/// The product that a document of this workspace is about. None: it is none of ours, or was made by a version that wrote
/// the price into the text.
pub fn product_of(author: &str, workspace: WorkspaceId) -> Option<String> {
    // Nearly no document is ours where there is no catalogue.
    author.strip_prefix(AUTHOR)?;
    let (_attempt, key) = author.strip_prefix(&authors_of(workspace))?.split_once('/')?;
    Some(percent_decode_str(key).decode_utf8().ok()?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHOP: WorkspaceId = WorkspaceId(Uuid::from_u128(1));

    #[test]
    fn only_our_own_mark_names_a_workspace() {
        assert_eq!(workspace_of(&format!("vestibule-catalog/{SHOP}/{}", Uuid::nil())), Some(SHOP));
        for other in
            ["", "anna", "vestibule-catalog", "vestibule-catalog/x/y", &format!("vestibule-catalogue/{SHOP}/x")]
        {
            assert_eq!(workspace_of(other), None, "{other}");
        }
        assert_eq!(
            product_of(&format!("vestibule-catalog/{SHOP}/{}", Uuid::nil()), SHOP),
            None,
            "of an earlier version"
        );
    }

    proptest! {
        #[test]
        fn an_author_names_its_product(key in "\\PC{1,40}") {
            let author = author(SHOP, Uuid::from_u128(3), &key);
            prop_assert!(author.is_ascii() && author.matches('/').count() == 3);
            prop_assert_eq!(workspace_of(&author), Some(SHOP));
            prop_assert_eq!(product_of(&author, SHOP), Some(key));
            prop_assert_eq!(product_of(&author, WorkspaceId(Uuid::from_u128(2))), None);
        }

        #[test]
        fn any_other_author_names_none(author in "\\PC{0,60}") {
            prop_assert_eq!(workspace_of(&author), None);
            prop_assert_eq!(product_of(&author, SHOP), None);
        }
    }
}
