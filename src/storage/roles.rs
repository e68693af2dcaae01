//! The roles that an installation needs in the cluster, and which of them are missing: a dump does not hold them.

use super::{Database, StorageError};

/// What there is of them, for whoever logs in.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Roles {
    /// Those that do not exist.
    pub missing: Vec<String>,
    /// Whoever logs in may become `vestibule_app`.
    pub is_member: bool,
    /// Whoever logs in may make roles.
    pub may_create: bool,
    /// Whoever logs in.
    pub login: String,
}

impl Roles {
    /// Whether requests can be what they have to be.
    pub fn are_there(&self) -> bool {
        self.missing.is_empty() && self.is_member
    }

    /// What is wrong with them, if anything is.
    pub fn fault(&self) -> Option<String> {
        if !self.missing.is_empty() {
            return Some(format!("the server has no role {}", self.missing.join(" and no role ")));
        }
        (!self.is_member).then(|| format!("{} is no member of the role vestibule_app", self.login))
    }

    /// How that is mended.
    pub fn remedy(&self) -> String {
        format!(
            "as a superuser: `psql --file deploy/postgres/roles.sql --set owner={}`, which makes what is missing and takes \
             nothing away",
            self.login
        )
    }
}

impl Database {
    /// Looks for them as whoever logs in, who exists before they do.
    #[tracing::instrument(name = "db.roles", level = "debug", skip_all)]
    pub async fn roles(&self) -> Result<Roles, StorageError> {
        use sqlx::Connection as _;
        self.bounded(async {
            let mut connection = self.login_connection("vestibule").await?;
            let row = sqlx::query!(
                r#"
                SELECT
                  ARRAY(
                    SELECT wanted.name
                    FROM unnest(ARRAY['vestibule_app', 'vestibule_lookup']) AS wanted (name)
                    WHERE NOT EXISTS (SELECT FROM pg_roles r WHERE r.rolname = wanted.name)
                    ORDER BY wanted.name
                  ) AS "missing!",
                  EXISTS (
                    SELECT FROM pg_roles r
                    WHERE r.rolname = 'vestibule_app' AND pg_has_role(current_user, r.oid, 'MEMBER')
                  ) AS "is_member!",
                  coalesce((SELECT r.rolsuper OR r.rolcreaterole FROM pg_roles r WHERE r.rolname = current_user), false)
                    AS "may_create!",
                  current_user::text AS "login!"
                "#,
            )
            .fetch_one(&mut connection)
            .await?;
            let _ = connection.close().await;
            Ok(Roles { missing: row.missing, is_member: row.is_member, may_create: row.may_create, login: row.login })
        })
        .await
    }
}
