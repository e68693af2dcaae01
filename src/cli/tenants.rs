//! `vestibule tenants`: organisations that share an installation and see nothing of each other. Needs the login that
//! owns the schema, because the gateway itself may not write tenants.

use crate::cli::Settings;
use crate::cli::args::{ListArgs, TenantArgs, TenantStatusArgs};
use crate::cli::failure::{Exit, Failure};
use crate::cli::output::Output;
use crate::cli::session::{Session, tenant_slug};
use crate::domain::ids::TenantId;
use crate::domain::tenant::{Tenant, TenantSlug, TenantStatus};
use crate::storage::{InsertTenantError, StorageError};
use chrono::{DateTime, Utc};
use serde::Serialize;
use uuid::Uuid;

#[derive(Serialize)]
struct Shown {
    id: Uuid,
    slug: TenantSlug,
    name: String,
    status: TenantStatus,
    created_at: DateTime<Utc>,
}

impl From<Tenant> for Shown {
    fn from(tenant: Tenant) -> Self {
        Self {
            id: tenant.id.0,
            slug: tenant.slug,
            name: tenant.name,
            status: tenant.status,
            created_at: tenant.created_at,
        }
    }
}

/// `tenants create`
pub(super) async fn create(settings: &Settings, args: &TenantArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let slug = tenant_slug("--slug", &args.slug)?;
    let name = args.name.trim();
    if !(1..=200).contains(&name.chars().count()) {
        return Err(Failure::usage("--name: 1 to 200 characters"));
    }
    let session = Session::checked(settings, &[]).await?;
    let ambient = &session.ambient;
    let tenant = Tenant {
        id: TenantId(ambient.uuid()),
        slug,
        name: name.to_owned(),
        status: TenantStatus::Active,
        created_at: ambient.now(),
    };
    let stored = session.database.tenants().insert(&tenant, &Session::author(), ambient).await;
    stored.map_err(|error| match error {
        InsertTenantError::SlugTaken => Failure::usage(format!("--slug: there is a tenant `{}` already", tenant.slug)),
        InsertTenantError::Storage(error) => write_failure(error),
    })?;
    let shown = Shown::from(tenant);
    if args.json {
        out.json(&shown)?;
    } else {
        out.text(&format!("{0} is there; `--tenant {0}` makes other commands work for it", shown.slug))?;
    }
    Ok(Exit::Done)
}

/// `tenants list`
pub(super) async fn list(settings: &Settings, args: &ListArgs, out: &mut Output<'_>) -> Result<Exit, Failure> {
    let session = Session::checked(settings, &[]).await?;
    let mut shown: Vec<Shown> = Vec::new();
    for id in session.database.tenants().ids().await? {
        shown.extend(session.database.tenants().find(id).await?.map(Shown::from));
    }
    if args.json {
        out.json(&shown)?;
        return Ok(Exit::Done);
    }
    let row = |t: &Shown| {
        [t.slug.to_string(), t.status.to_string(), t.created_at.format("%Y-%m-%d").to_string(), t.name.clone()]
    };
    out.table(["SLUG", "STATUS", "CREATED", "NAME"], &shown.iter().map(row).collect::<Vec<_>>())?;
    Ok(Exit::Done)
}

/// `tenants suspend` and `tenants resume`
pub(super) async fn set_status(
    settings: &Settings,
    args: &TenantStatusArgs,
    status: TenantStatus,
    out: &mut Output<'_>,
) -> Result<Exit, Failure> {
    let slug = tenant_slug("SLUG", &args.slug)?;
    let session = Session::checked(settings, &[]).await?;
    let tenants = session.database.tenants();
    let none =
        || Failure::usage(format!("there is no tenant `{slug}`; `vestibule tenants list` shows those there are"));
    let id = tenants.find_id(&slug).await?.ok_or_else(none)?;
    let changed = tenants.set_status(id, status, &Session::author(), &session.ambient).await;
    let shown = Shown::from(changed.map_err(write_failure)?.ok_or_else(none)?);
    if args.json {
        out.json(&shown)?;
    } else {
        out.text(&format!("{} is {}", shown.slug, shown.status))?;
    }
    Ok(Exit::Done)
}

/// A login that is not the schema's owner is the likely reason.
fn write_failure(error: StorageError) -> Failure {
    match &error {
        StorageError::Query(_) => Failure::new(format!(
            "{error}; tenants are written with the login that ran `vestibule migrate`, as `database.url`"
        )),
        _ => error.into(),
    }
}
