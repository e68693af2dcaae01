//! The schemas of errors: what `rejection` writes.

use crate::rejection::Code;
use std::borrow::Cow;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// A problem document (RFC 9457).
#[derive(ToSchema)]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
pub(in crate::api) struct Problem {
    /// Address of the page about the code.
    #[schema(rename = "type", format = "uri", example = "https://chat.shop.example/docs/errors/validation_failed")]
    kind: String,
    /// The same for a code, always.
    title: String,
    /// The HTTP status.
    status: u16,
    /// About this case, for people; wording may change.
    detail: String,
    /// Names this occurrence.
    #[schema(example = "urn:vestibule:request:019ab1c2-6f0e-7c3a-9d55-2f4b8e6a1c77")]
    instance: String,
    /// Stable; what programs should look at.
    #[schema(value_type = ProblemCode, example = "validation_failed")]
    code: String,
    /// The same as `X-Request-Id`.
    request_id: String,
    /// 422: the broken rules. 403: the fields that would be more than whoever asks has.
    #[schema(nullable = false, max_items = 20)]
    errors: Option<Vec<ProblemField>>,
    /// How many more were found.
    #[schema(nullable = false, minimum = 1)]
    more_errors: Option<u64>,
    /// Seconds, the same as `Retry-After`.
    #[schema(nullable = false)]
    retry_after: Option<u64>,
    /// 429 only: the limits that refused.
    #[schema(nullable = false)]
    violated_policies: Option<Vec<String>>,
}

/// Every code there is.
pub(super) struct ProblemCode;

impl PartialSchema for ProblemCode {
    fn schema() -> RefOr<Schema> {
        let words = ObjectBuilder::new().schema_type(Type::String);
        let words = words.enum_values(Some(Code::ALL.iter().map(|code| code.as_str())));
        words.description(Some("Every code that a refusal can have; each has a page. Newer versions may have more.")).into()
    }
}

impl ToSchema for ProblemCode {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProblemCode")
    }
}

/// A broken rule.
#[derive(ToSchema)]
#[schema(as = ProblemField)]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
pub(super) struct ProblemField {
    /// Path of the field; empty for the body as a whole.
    #[schema(example = "visitor.id")]
    field: String,
    /// Which kind of rule.
    #[schema(inline)]
    code: FieldCode,
    /// For people.
    message: String,
}

/// An error on the widget's paths.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "the schema of what `rejection` writes")]
pub(super) struct WidgetAbort {
    /// The request's id.
    id: String,
    /// `abort`
    #[schema(rename = "type", example = "abort")]
    kind: String,
    /// Always null.
    text_response: Option<String>,
    /// Always empty.
    sources: Vec<String>,
    /// Always true.
    close: bool,
    /// The code.
    #[schema(value_type = ProblemCode)]
    error: String,
    /// A sentence for the shopper.
    error_msg: String,
}

/// The kinds of rules of fields.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case", example = "too_long")]
#[expect(dead_code, reason = "the schema of what `domain::faults` says")]
enum FieldCode {
    Required,
    Unknown,
    Type,
    TooLong,
    TooShort,
    OutOfRange,
    Format,
    Conflict,
    Exceeds,
}
