//! Reading the query of an address under the same rules as a body: unknown and repeated parameters are refused, and
//! every fault names its parameter.

use crate::domain::faults::Faults;
use crate::domain::nul::{has_nul, without_nul};
use crate::gate::Admitted;
use crate::rejection::Rejection;
use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::RangeInclusive;
use url::form_urlencoded;

/// The parameters of a query that nobody has asked for yet.
#[derive(Debug)]
pub(super) struct Query<'a> {
    parameters: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    faults: Faults,
}

impl<'a> Query<'a> {
    /// The query of a request.
    pub(super) fn of(admitted: &'a Admitted) -> Self {
        Self::parse(admitted.query().unwrap_or_default())
    }

    pub(super) fn parse(query: &'a str) -> Self {
        Self { parameters: form_urlencoded::parse(query.as_bytes()).collect(), faults: Faults::new() }
    }

    /// The parameter's value, if it is there.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        let at = self.parameters.iter().position(|(n, _)| n == name)?;
        let (_, value) = self.parameters.remove(at);
        if self.parameters.iter().any(|(n, _)| n == name) {
            self.parameters.retain(|(n, _)| n != name);
            self.fault(name, "format", "must be given once");
        }
        if has_nul(&value) {
            self.fault(name, "format", "must not have control characters");
            return Some(without_nul(&value).into_owned());
        }
        Some(value.into_owned())
    }

    /// The parameter's value, which must be there.
    pub(super) fn required(&mut self, name: &'static str) -> String {
        self.text(name).unwrap_or_else(|| {
            self.fault(name, "required", "must be given");
            String::new()
        })
    }

    /// `true` or `false`.
    pub(super) fn flag(&mut self, name: &'static str) -> Option<bool> {
        let text = self.text(name)?;
        let flag = text.parse().ok();
        if flag.is_none() {
            self.fault(name, "type", "must be true or false");
        }
        flag
    }

    /// A whole number within `range`.
    pub(super) fn number(&mut self, name: &'static str, range: RangeInclusive<usize>) -> Option<usize> {
        let text = self.text(name)?;
        let number = text.parse().ok().filter(|n| range.contains(n));
        if number.is_none() {
            let code = if text.parse::<i128>().is_ok() { "out_of_range" } else { "type" };
            self.fault(name, code, format!("must be a whole number from {} to {}", range.start(), range.end()));
        }
        number
    }

    /// Notes that a parameter breaks a rule.
    pub(super) fn fault(&mut self, name: &str, code: &'static str, message: impl Into<String>) {
        if !self.faults.has(name) {
            self.faults.push(name, code, message);
        }
    }

    /// To be called when all parameters have been asked for.
    ///
    /// # Errors
    /// `validation_failed` with the faults; what is left over is unknown.
    pub(super) fn end(mut self) -> Result<(), Rejection> {
        let mut seen = HashSet::new();
        for (name, _) in &self.parameters {
            if seen.insert(name.as_ref()) {
                self.faults.push(name.as_ref(), "unknown", "there is no such parameter");
            }
        }
        Ok(self.faults.or(())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(query: &str) -> Vec<(String, &'static str)> {
        let mut query = Query::parse(query);
        query.required("session_id");
        query.number("limit", 1..=100);
        match query.end() {
            Ok(()) => Vec::new(),
            Err(Rejection::ValidationFailed(errors)) => errors.into_iter().map(|e| (e.field, e.code)).collect(),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_fault_is_told() {
        assert_eq!(faults("session_id=a%2Db&limit=5"), []);
        assert_eq!(faults("session_id=x&session_id=y"), [("session_id".into(), "format")]);
        assert_eq!(faults("session_id=x%00y"), [("session_id".into(), "format")]);
        assert_eq!(
            faults("limit=ten&sort=x"),
            [("session_id".into(), "required"), ("limit".into(), "type"), ("sort".into(), "unknown")]
        );
        assert_eq!(faults("session_id=x&limit=0"), [("limit".into(), "out_of_range")]);
        assert_eq!(faults("session_id=x&limit=-1"), [("limit".into(), "out_of_range")]);
    }

    #[test]
    fn thousands_of_names_are_told_in_a_few_lines() {
        let names: Vec<_> = (0..7_900).flat_map(|n| [n.to_string(), n.to_string()]).collect();
        let mut query = Query::parse("session_id=x&");
        query.parameters.extend(names.iter().map(|name| (name.as_str().into(), "".into())));
        query.required("session_id");
        let Err(Rejection::ValidationFailed(faults)) = query.end() else { panic!("it is refused") };
        // The empty name is none.
        assert_eq!((faults.told().len(), faults.more()), (20, 7_880));
        assert!(faults.told().iter().enumerate().all(|(n, fault)| fault.field == n.to_string()));
    }
}
