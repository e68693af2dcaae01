//! What spans of storage and Redis say by the semantic conventions for databases, put on when they leave: a span is made
//! with every call of the database, and what its name tells need not be told twice until then.

use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use opentelemetry_sdk::trace::SpanData;

/// What the names of spans begin with, and the database it stands for.
const SYSTEMS: [(&str, &str); 2] = [("db.", "postgresql"), ("redis.", "redis")];

/// `db.api_keys.find` is the operation `api_keys.find` of PostgreSQL.
pub(super) fn dress(span: &mut SpanData) {
    let told = SYSTEMS.iter().find_map(|(begin, system)| Some((span.name.strip_prefix(begin)?.to_owned(), *system)));
    let Some((operation, system)) = told else { return };
    span.span_kind = SpanKind::Client;
    span.attributes.push(KeyValue::new("db.system.name", system));
    span.attributes.push(KeyValue::new("db.operation.name", operation));
}
