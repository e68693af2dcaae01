//! `docs/workspace-fields.md` is made of the schemas that the API publishes, so that it cannot lie.

use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;
use vestibule::api::openapi;

/// The groups: heading and schema.
const GROUPS: [(&str, &str); 8] = [
    ("`settings`", "WorkspaceSettings"),
    ("`widget`", "WidgetSettingsInput"),
    ("`widget.translations`, by locale", "WidgetTranslationInput"),
    ("`support`", "SupportSettingsInput"),
    ("`support.business_hours`", "BusinessHoursInput"),
    ("`support.business_hours.weekly[]`", "WeeklyInput"),
    ("`support.business_hours.exceptions[]`", "BusinessHoursExceptionInput"),
    ("`support.business_hours.exceptions[].intervals[]`", "IntervalInput"),
];

const HEAD: &str = "# Fields of a workspace

Made of the schemas in the OpenAPI document; do not edit. `INSTA_UPDATE=always make test ARGS=field_reference` writes it anew.

How they are set is in the [guide](workspaces.md). `name` (1 to 200 characters), `status` (`draft`, `active`, `paused`, `archived`;
only an active workspace answers) and `extra` (an object of at most 16 KiB that Vestibule never reads) stand beside these groups. What
a new workspace begins with is in [config/workspace-defaults.toml](../config/workspace-defaults.toml); the defaults below hold where
that file says nothing.
";

/// What a schema allows, in words.
fn kind(schema: &Value, all: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|name| name.rsplit('/').next()) {
        let of = &all[name];
        return match of["enum"].as_array() {
            Some(words) => {
                words.iter().map(|word| format!("`{}`", word.as_str().unwrap())).collect::<Vec<_>>().join(", ")
            }
            None => "object".to_owned(),
        };
    }
    for several in ["oneOf", "allOf"] {
        if let Some(parts) = schema[several].as_array() {
            let kinds = parts.iter().filter(|part| part["type"] != "null").map(|part| kind(part, all));
            return kinds.collect::<Vec<_>>().join(" or ");
        }
    }
    let types: Vec<_> = match &schema["type"] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(several) => several.iter().map(|one| one.as_str().unwrap()).collect(),
        _ => Vec::new(),
    };
    let kinds: Vec<_> = types
        .into_iter()
        .map(|one| match one {
            "array" => format!("list of {}", kind(&schema["items"], all)),
            other => other.to_owned(),
        })
        .collect();
    kinds.join(" or ")
}

fn bounds(schema: &Value) -> String {
    let number = |name: &str| schema[name].as_f64();
    let range = |low: Option<f64>, high: Option<f64>, unit: &str| match (low, high) {
        (Some(low), Some(high)) => format!("{low} to {high}{unit}"),
        (None, Some(high)) => format!("at most {high}{unit}"),
        (Some(low), None) => format!("at least {low}{unit}"),
        (None, None) => String::new(),
    };
    let parts = [
        range(number("minimum"), number("maximum"), ""),
        range(number("minLength"), number("maxLength"), " characters"),
        range(None, number("maxItems"), " entries"),
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn reference() -> String {
    let document: Value = serde_json::from_str(openapi::document_json()).unwrap();
    let all = &document["components"]["schemas"];
    let mut text = HEAD.to_owned();
    for (heading, name) in GROUPS {
        let schema = &all[name];
        assert!(schema.is_object(), "there is no schema {name}");
        let required: Vec<_> = schema["required"].as_array().into_iter().flatten().collect();
        write!(text, "\n## {heading}\n\n| field | type | bounds | default | |\n|---|---|---|---|---|\n").unwrap();
        for (field, of) in schema["properties"].as_object().unwrap() {
            let default = match &of["default"] {
                _ if required.iter().any(|name| **name == *field.as_str()) => "required".to_owned(),
                Value::Null => "null".to_owned(),
                other => format!("`{other}`"),
            };
            let description = of["description"].as_str().unwrap_or_default().replace('\n', " ");
            let description = description.replace('|', "\\|");
            writeln!(text, "| `{field}` | {} | {} | {default} | {description} |", kind(of, all), bounds(of)).unwrap();
        }
    }
    text
}

#[test]
fn the_field_reference_is_what_the_schemas_say() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/workspace-fields.md");
    let wanted = reference();
    if std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        std::fs::write(&path, &wanted).unwrap();
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap_or_default(), wanted, "docs/workspace-fields.md is out of date");
}
