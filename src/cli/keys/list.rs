//! `keys list`

use super::told::KeyOut;
use crate::cli::Settings;
use crate::cli::args::KeyListArgs;
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::{PAGE, Session};
use crate::storage::KeyFilter;

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
    let (mut rows, mut last) = (Vec::new(), None);
    loop {
        let page = session.database.api_keys().list(session.tenant, &filter, now, last, PAGE).await?;
        last = page.last().map(|key| key.id);
        let complete = page.len() < usize::from(PAGE);
        rows.extend(page.iter().map(|key| KeyOut::new(key, now)));
        if complete {
            break;
        }
    }
    if args.json {
        out.json(&rows)?;
    } else {
        let headings = ["PUBLIC ID", "KIND", "ENV", "WORKSPACE", "STATUS", "ENDS", "LAST USED (UTC)", "NAME"];
        out.table(headings, &rows.iter().map(KeyOut::row).collect::<Vec<_>>())?;
    }
    Ok(Exit::Done)
}
