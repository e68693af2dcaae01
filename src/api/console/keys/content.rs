//! The part of a key that can be chosen, as fields of a form: drawn from a key, and read back as what the API takes.

use crate::api::console::form::Form;
use crate::api::console::parts::{Field, Kind, area, check, faults_of, field};
use crate::api::console::texts::{Texts, scope_word};
use crate::domain::faults::Faults;
use crate::domain::key::{KeyContent, KeyKind, VisitorTokenUse};
use crate::domain::scope::Scope;
use chrono::{NaiveDateTime, TimeZone as _, Utc};
use maud::{Markup, html};
use serde_json::{Map, Value};

/// The most that a rate may be.
const MOST_PER_MINUTE: f64 = 1_000_000.0;
/// The most that a quota of messages may be; those of tokens may be more than a browser counts to.
const MOST_A_MONTH: f64 = 2_147_483_647.0;

/// A limit: its field, and what there is to say of it.
type Limit = (&'static str, fn(&Texts) -> &'static str, f64);

const LIMITS: [Limit; 9] = [
    ("per_minute", |t| t.key_form.per_minute, MOST_PER_MINUTE),
    ("burst", |t| t.key_form.burst, MOST_PER_MINUTE),
    ("per_ip_per_minute", |t| t.key_form.per_ip_per_minute, MOST_PER_MINUTE),
    ("per_visitor_per_minute", |t| t.key_form.per_visitor_per_minute, MOST_PER_MINUTE),
    ("max_streams", |t| t.key_form.max_streams, MOST_PER_MINUTE),
    ("messages_per_day", |t| t.key_form.messages_per_day, MOST_A_MONTH),
    ("messages_per_month", |t| t.key_form.messages_per_month, MOST_A_MONTH),
    ("tokens_per_day", |t| t.key_form.tokens_per_day, MOST_A_MONTH * 1000.0),
    ("tokens_per_month", |t| t.key_form.tokens_per_month, MOST_A_MONTH * 1000.0),
];

/// What a key's fields hold: of the key itself, or as they were sent.
pub(super) struct Content(Map<String, Value>);

impl Content {
    pub(super) fn of(content: &KeyContent) -> Self {
        match serde_json::to_value(content) {
            Ok(Value::Object(members)) => Self(members),
            _ => Self(Map::new()),
        }
    }

    /// As it was sent, for the API's rules to look at. An empty field is the default.
    pub(super) fn sent(form: &Form, kind: KeyKind) -> Self {
        let mut given = Map::new();
        let texts = |lines: Vec<String>| Value::Array(lines.into_iter().map(Value::String).collect());
        given.insert("name".into(), form.text("name").unwrap_or_default().into());
        let scopes = form.all("scopes").map(|scope| Value::String(scope.to_owned())).collect();
        given.insert("scopes".into(), Value::Array(scopes));
        match kind {
            KeyKind::Publishable => {
                given.insert("allowed_origins".into(), texts(form.lines("allowed_origins")));
                for name in ["allow_null_origin", "allow_app_origins", "proof_of_work"] {
                    given.insert(name.into(), form.flag(name).into());
                }
                let required = form.flag("visitor_token");
                let visitor_token = if required { VisitorTokenUse::Required } else { VisitorTokenUse::Optional };
                given.insert("visitor_token".into(), visitor_token.as_str().into());
            }
            KeyKind::Secret => {
                given.insert("allowed_ips".into(), texts(form.lines("allowed_ips")));
            }
        }
        given.insert("expires_at".into(), form.text("expires_at").map_or(Value::Null, moment));
        let limit = |name: &str| form.text(&format!("limits.{name}")).map_or(Value::Null, number);
        let limits = LIMITS.iter().map(|(name, ..)| ((*name).to_owned(), limit(name))).collect();
        given.insert("limits".into(), Value::Object(limits));
        Self(given)
    }

    /// As a request to make or change a key.
    pub(super) fn into_given(self) -> Map<String, Value> {
        self.0
    }

    fn text(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("\n"),
            Some(Value::Number(number)) => number.to_string(),
            _ => String::new(),
        }
    }

    fn flag(&self, name: &str) -> bool {
        self.0.get(name).and_then(Value::as_bool).unwrap_or(false)
    }

    fn has_scope(&self, scope: Scope) -> bool {
        let scopes = self.0.get("scopes").and_then(Value::as_array);
        scopes.is_some_and(|scopes| scopes.iter().any(|own| own.as_str() == Some(scope.as_str())))
    }

    fn limit(&self, name: &str) -> String {
        self.0
            .get("limits")
            .and_then(|limits| limits.get(name))
            .filter(|value| !value.is_null())
            .map_or_else(String::new, |value| value.as_str().map_or_else(|| value.to_string(), str::to_owned))
    }

    /// The list of origins as it was typed.
    pub(super) fn origins(&self) -> Vec<String> {
        let origins = self.0.get("allowed_origins").and_then(Value::as_array);
        origins.map(|origins| origins.iter().filter_map(Value::as_str).map(str::to_owned).collect()).unwrap_or_default()
    }

    /// Whether pages without an origin may use it.
    pub(super) fn null_origin(&self) -> bool {
        self.flag("allow_null_origin")
    }

    /// The fields of a key of this kind; between its origins and the rest what is put there.
    #[expect(clippy::needless_pass_by_value, reason = "reads as an element")]
    pub(super) fn fields(&self, kind: KeyKind, beside_origins: Markup, faults: &Faults, t: &Texts) -> Markup {
        let f = &t.key_form;
        let flag = |name: &'static str, label, help, is_on| {
            check(Field::optional(name, label, help, "", Kind::Text), is_on, faults, t)
        };
        html! {
            @let name = self.text("name");
            @let name = Field { required: true, ..Field::optional("name", f.name, f.name_help, &name, Kind::Text) };
            (field(name, faults, t))
            @if kind == KeyKind::Publishable {
                @let origins = self.text("allowed_origins");
                (area(Field::optional("allowed_origins", f.origins, f.origins_help, &origins, Kind::Text),
                    4, faults, t))
                (beside_origins)
                (flag("allow_null_origin", f.null_origin, f.null_origin_help, self.flag("allow_null_origin")))
                (flag("allow_app_origins", f.app_origins, f.app_origins_help, self.flag("allow_app_origins")))
                (flag("visitor_token", f.visitor_token, f.visitor_token_help,
                    self.text("visitor_token") == VisitorTokenUse::Required.as_str()))
                (flag("proof_of_work", f.proof_of_work, f.proof_of_work_help, self.flag("proof_of_work")))
            } @else {
                @let ips = self.text("allowed_ips");
                (area(Field::optional("allowed_ips", f.ips, f.ips_help, &ips, Kind::Text), 3, faults, t))
            }
            (self.scopes(kind, faults, t))
            @let expires = self.text("expires_at");
            @let expires = expires.get(..16).unwrap_or(&expires);
            (field(Field::optional("expires_at", f.expires, f.expires_help, expires, Kind::Moment), faults, t))
            fieldset {
                legend { (f.limits) }
                p.help { (f.limits_help) }
                div.columns {
                    @for (name, label, max) in LIMITS {
                        @let path = format!("limits.{name}");
                        @let kind = Kind::Number { min: 1.0, max, step: "1" };
                        (field(Field::optional(&path, label(t), "", &self.limit(name), kind), faults, t))
                    }
                }
            }
        }
    }

    fn scopes(&self, kind: KeyKind, faults: &Faults, t: &Texts) -> Markup {
        let possible =
            Scope::ALL.into_iter().filter(|scope| kind == KeyKind::Secret || Scope::PUBLISHABLE.contains(scope));
        html! {
            fieldset #f-scopes {
                legend { (t.key_form.scopes) }
                p.help { (t.key_form.scopes_help) }
                @for scope in possible {
                    @let id = format!("scope-{}", scope.as_str().replace(':', "-"));
                    div.field.check {
                        input id=(id) type="checkbox" name="scopes" value=(scope.as_str())
                            checked[self.has_scope(scope)];
                        label for=(id) { (scope_word(scope, t)) " " code.quiet { (scope.as_str()) } }
                    }
                }
                (faults_of("scopes", faults, t))
            }
        }
    }
}

/// What a browser sends of a moment has no zone: ours say UTC.
fn moment(text: &str) -> Value {
    let parsed = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok();
    let parsed = parsed.map(|at| Utc.from_utc_datetime(&at).to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    parsed.map_or_else(|| text.into(), Value::String)
}

/// As a number, or as what it is, for the rules to refuse.
pub(in crate::api::console) fn number(text: &str) -> Value {
    if let Ok(whole) = text.parse::<i64>() {
        return whole.into();
    }
    text.parse::<f64>().ok().and_then(serde_json::Number::from_f64).map_or_else(|| text.into(), Value::Number)
}
