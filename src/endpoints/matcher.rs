//! From a canonical path and a method to a row of the table.

use crate::endpoints::path::CanonicalPath;
use crate::endpoints::rows::endpoints;
use crate::endpoints::table::{Endpoint, as_routed};
use http::Method;

/// A row and what its pattern captured. Only [`Matcher`] and the gate's own rows make one.
#[derive(Debug, Clone)]
pub struct Matched {
    endpoint: &'static Endpoint,
    params: Vec<(&'static str, String)>,
    path: CanonicalPath,
    query: Option<String>,
}

impl Matched {
    /// A row chosen by the gate for a path that the table does not list (pass-through on the admin listener).
    pub(crate) fn special(endpoint: &'static Endpoint, path: CanonicalPath, query: Option<&str>) -> Self {
        Self { endpoint, params: Vec::new(), path, query: query.map(str::to_owned) }
    }

    pub fn endpoint(&self) -> &'static Endpoint {
        self.endpoint
    }

    /// What `{name}` captured.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(n, _)| *n == name).map(|(_, value)| value.as_str())
    }

    pub fn path(&self) -> &CanonicalPath {
        &self.path
    }

    /// The query as sent, without the question mark.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMatch {
    Path,
    /// Rows have this path, but not this method; these they have.
    Method(Vec<Method>),
}

/// The rows that share a path pattern.
type Rows = Vec<&'static Endpoint>;

/// The table, ready for look-ups.
#[derive(Debug)]
pub struct Matcher {
    routes: matchit::Router<Rows>,
}

impl Matcher {
    /// Builds the matcher from the table.
    ///
    /// # Errors
    /// Two rows with conflicting patterns; a test keeps the committed table free of that.
    pub fn new() -> Result<Self, matchit::InsertError> {
        Self::from_rows(endpoints())
    }

    fn from_rows(rows: impl Iterator<Item = &'static Endpoint>) -> Result<Self, matchit::InsertError> {
        let mut by_path: Vec<(&'static str, Rows)> = Vec::new();
        for row in rows {
            match by_path.iter_mut().find(|(path, _)| *path == row.path) {
                Some((_, rows)) => rows.push(row),
                None => by_path.push((row.path, vec![row])),
            }
        }
        let mut routes = matchit::Router::new();
        for (path, rows) in by_path {
            routes.insert(path, rows)?;
        }
        Ok(Self { routes })
    }

    /// The methods of the rows with this path; empty when there is none. For preflights and `Allow`.
    pub fn methods(&self, path: &CanonicalPath) -> Vec<Method> {
        self.rows(path).map(allowed).unwrap_or_default()
    }

    pub fn rows(&self, path: &CanonicalPath) -> Option<&[&'static Endpoint]> {
        self.routes.at(path.as_str()).ok().map(|found| found.value.as_slice())
    }

    /// The row for this method and path.
    ///
    /// # Errors
    /// [`NoMatch`] says whether the path or only the method is unknown.
    pub fn find(&self, method: &Method, path: CanonicalPath, query: Option<&str>) -> Result<Matched, NoMatch> {
        let found = self.routes.at(path.as_str()).map_err(|_| NoMatch::Path)?;
        let wanted = as_routed(method);
        let Some(endpoint) = found.value.iter().copied().find(|row| row.method == *wanted) else {
            return Err(NoMatch::Method(allowed(found.value)));
        };
        let params = pattern_names(endpoint.path)
            .filter_map(|name| found.params.get(name).map(|value| (name, value.to_owned())))
            .collect();
        Ok(Matched { endpoint, params, path, query: query.map(str::to_owned) })
    }
}

fn allowed(rows: &[&'static Endpoint]) -> Vec<Method> {
    let mut methods = Vec::new();
    for row in rows {
        methods.push(row.method.clone());
        if row.method == Method::GET {
            methods.push(Method::HEAD);
        }
    }
    methods
}

fn pattern_names(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern.split('/').filter_map(|s| s.strip_prefix('{')?.strip_suffix('}'))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoints::path::canonicalise;

    fn find(method: &Method, path: &str) -> Result<Matched, NoMatch> {
        Matcher::new().unwrap().find(method, canonicalise(path).unwrap(), None)
    }

    #[test]
    fn a_row_is_found_with_its_captures() {
        let matched = find(&Method::GET, "/api/embed/vst_pk_live_x/abc").unwrap();
        assert_eq!(matched.endpoint().name, "widget.history");
        assert_eq!(matched.param("key"), Some("vst_pk_live_x"));
        assert_eq!(matched.param("session"), Some("abc"));
    }

    #[test]
    fn head_is_served_by_get() {
        assert_eq!(find(&Method::HEAD, "/healthz").unwrap().endpoint().name, "health");
    }

    #[test]
    fn a_wrong_method_says_which_ones_there_are() {
        assert_eq!(find(&Method::PUT, "/api/v1/chat").unwrap_err(), NoMatch::Method(vec![Method::POST]));
    }

    #[test]
    fn a_path_in_another_case_is_unknown() {
        assert_eq!(find(&Method::POST, "/API/v1/chat").unwrap_err(), NoMatch::Path);
    }

    #[test]
    fn nothing_of_anythingllm_is_listed_by_accident() {
        for path in ["/api/v1/documents", "/api/system/env-dump", "/api/v1/auth", "/api/v1/workspace/x/chat", "/"] {
            assert_eq!(find(&Method::GET, path).unwrap_err(), NoMatch::Path, "{path}");
        }
    }
}
