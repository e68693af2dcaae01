//! `keys list`

use crate::api::keys::views::KeyView;
use crate::cli::Settings;
use crate::cli::args::KeyListArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::{PAGE, Session};
use crate::domain::key::StoredKey;
use crate::storage::KeyFilter;
use chrono::{DateTime, Utc};

/// `keys list`
pub(in crate::cli) async fn list(
    settings: &Settings,
    args: &KeyListArgs,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let session = Session::of_tenant(settings, &[]).await?;
    let workspace = match &args.workspace {
        Some(slug) => Some(session.workspace(slug).await?.id),
        None => None,
    };
    let filter = KeyFilter { workspace, ..KeyFilter::default() };
    let now = session.ambient.now();
    let (mut keys, mut last) = (Vec::new(), None);
    loop {
        let page = session.database.api_keys().list(session.tenant, &filter, now, last, PAGE).await?;
        last = page.last().map(|key| key.id);
        let complete = page.len() < usize::from(PAGE);
        keys.extend(page);
        if complete {
            break;
        }
    }
    if args.json {
        out.json(&keys.iter().map(|key| KeyView::of(key, now)).collect::<Vec<_>>())?;
    } else {
        let headings = ["PUBLIC ID", "KIND", "ENV", "WORKSPACE", "STATUS", "ENDS", "LAST USED (UTC)", "NAME"];
        out.table(headings, &keys.iter().map(|key| row(key, now)).collect::<Vec<_>>())?;
    }
    Ok(Exit::Done)
}

fn row(key: &StoredKey, now: DateTime<Utc>) -> [String; 8] {
    [
        key.public_id.to_string(),
        key.kind.as_str().to_owned(),
        key.env.as_str().to_owned(),
        key.workspace.as_ref().map_or_else(|| "(all)".to_owned(), |(_, slug)| slug.clone()),
        key.status(now).to_string(),
        key.grace_until.or(key.content.expires_at).map_or_else(|| "never".to_owned(), day),
        key.last_used_at.map_or_else(|| "never".to_owned(), |at| at.format("%Y-%m-%d %H:%M").to_string()),
        key.content.name.clone(),
    ]
}

pub(super) fn day(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d").to_string()
}
