//! From the OpenAPI document to a Postman collection (format 2.1). The same document always gives the same bytes.

use super::flow::{By, Keep, STEPS, Step};
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const ABOUT: &str = "Made of the OpenAPI document (`/api/v1/openapi.json`). Set `base_url`, `publishable_key`, `secret_key`, `origin`, \
    `workspace`, and `username` and `password` of somebody with the role `admin`; the rest fills itself. In this order each request finds what \
    those before it have made; `newman run` runs them all.";

/// Logs in where nobody is, so that each request can be sent on its own.
const LOG_IN_FIRST: &str = r#"if (!pm.variables.get("access_token") && pm.variables.get("password")) {
    pm.sendRequest({
        url: pm.variables.replaceIn("{{base_url}}/api/v1/auth/login"),
        method: "POST",
        header: { "Content-Type": "application/json" },
        body: { mode: "raw", raw: JSON.stringify({ username: pm.variables.get("username"), password: pm.variables.get("password") }) }
    }, function (error, response) {
        if (error || response.code !== 200) { return; }
        pm.collectionVariables.set("access_token", response.json().access_token);
        pm.collectionVariables.set("user_id", response.json().user.id);
    });
}"#;

/// Name and value of the collection's variables.
const VARIABLES: [(&str, &str); 9] = [
    ("base_url", "http://localhost:8080"),
    ("publishable_key", ""),
    ("secret_key", ""),
    ("access_token", ""),
    ("username", "admin"),
    ("password", ""),
    ("origin", "http://localhost:8080"),
    ("workspace", "demo-shop"),
    ("widget_session", "5f0c7a52-98d5-4a7e-8a57-3f6f1d1c9b10"),
];

/// The collection.
pub(super) fn of(openapi: &str) -> Value {
    let document: Value = serde_json::from_str(openapi).unwrap();
    let mut folders: Vec<(String, Vec<Value>)> = Vec::new();
    let mut shown = BTreeSet::new();
    for step in STEPS {
        let found = operation(&document, step.operation);
        let tag = found.operation["tags"][0].as_str().expect("a tag").to_owned();
        shown.insert(step.operation);
        let item = found.item(step);
        match folders.iter_mut().find(|(name, _)| *name == tag) {
            Some((_, items)) => items.push(item),
            None => folders.push((tag, vec![item])),
        }
    }
    let missing: Vec<&str> = operations(&document).filter(|id| !shown.contains(id)).collect();
    assert!(missing.is_empty(), "say in `flow.rs` when and how these are called: {missing:?}");
    let described = |name: &str| {
        let tags = document["tags"].as_array().unwrap();
        tags.iter().find(|tag| tag["name"] == name).map(|tag| tag["description"].clone())
    };
    let folders: Vec<Value> = folders
        .into_iter()
        .map(|(name, items)| json!({"name": name, "description": described(&name), "item": items}))
        .collect();
    json!({
        "info": {
            "name": "Vestibule",
            "description": ABOUT,
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "item": folders,
        "event": [script("prerequest", LOG_IN_FIRST)],
        "variable": VARIABLES.map(|(key, value)| json!({"key": key, "value": value})),
    })
}

fn script(listen: &str, text: &str) -> Value {
    json!({"listen": listen, "script": {"type": "text/javascript", "exec": text.lines().collect::<Vec<_>>()}})
}

fn operations(document: &Value) -> impl Iterator<Item = &str> {
    let items = document["paths"].as_object().unwrap().values().flat_map(|item| item.as_object().unwrap().values());
    items.map(|operation| operation["operationId"].as_str().expect("an id"))
}

/// One operation, where it is, and the document for its references.
struct Found<'a> {
    path: &'a str,
    method: &'a str,
    operation: &'a Value,
    document: &'a Value,
}

fn operation<'a>(document: &'a Value, id: &str) -> Found<'a> {
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if operation["operationId"] == id {
                return Found { path, method, operation, document };
            }
        }
    }
    panic!("`flow.rs` names {id}, which the document does not have");
}

impl Found<'_> {
    fn item(&self, step: &Step) -> Value {
        let summary = self.operation["summary"].as_str().expect("a summary");
        let name = if step.as_well.is_empty() { summary.to_owned() } else { format!("{summary} ({})", step.as_well) };
        let mut events = Vec::new();
        if !step.before.is_empty() {
            events.push(script("prerequest", step.before));
        }
        events.push(script("test", &self.checks(step)));
        let mut request = json!({
            "method": self.method.to_uppercase(),
            "header": self.headers(step),
            "url": self.url(step),
            "description": self.operation["description"].as_str().unwrap_or(summary),
            "auth": match step.by {
                By::Nobody => json!({"type": "noauth"}),
                By::Publishable => bearer("publishable_key"),
                By::Secret => bearer("secret_key"),
                By::User => bearer("access_token"),
                By::Token(variable) => bearer(variable),
            },
        });
        if let Some(body) = self.body(step) {
            request["body"] = json!({"mode": "raw", "raw": body, "options": {"raw": {"language": "json"}}});
        }
        json!({"name": name, "request": request, "event": events})
    }

    fn parameters(&self, place: &str) -> impl Iterator<Item = &Value> {
        let all = self.operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
        all.iter().filter(move |parameter| parameter["in"] == place)
    }

    fn url(&self, step: &Step) -> Value {
        let given = |name: &str| step.with.iter().find(|(of, _)| *of == name).map(|(_, value)| *value);
        let path: Vec<String> = self
            .path
            .trim_start_matches('/')
            .split('/')
            .map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
                Some(name) => format!(":{name}"),
                None => part.to_owned(),
            })
            .collect();
        let variables: Vec<Value> = self
            .parameters("path")
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap();
                let value = given(name).unwrap_or_else(|| panic!("say in `flow.rs` what `{name}` of {} is", self.path));
                json!({"key": name, "value": value, "description": parameter["description"]})
            })
            .collect();
        let query: Vec<Value> = self
            .parameters("query")
            .map(|parameter| {
                let name = parameter["name"].as_str().unwrap();
                let value = given(name);
                assert!(value.is_some() || parameter["required"] != true, "{name} of {} is required", self.path);
                let shown = value.or(parameter["example"].as_str()).unwrap_or_default();
                json!({"key": name, "value": shown, "disabled": value.is_none(), "description": parameter["description"]})
            })
            .collect();
        let sent: Vec<String> = query
            .iter()
            .filter(|parameter| parameter["disabled"] == false)
            .map(|parameter| format!("{}={}", parameter["key"].as_str().unwrap(), parameter["value"].as_str().unwrap()))
            .collect();
        let mut raw = format!("{{{{base_url}}}}/{}", path.join("/"));
        if !sent.is_empty() {
            write!(raw, "?{}", sent.join("&")).unwrap();
        }
        json!({"raw": raw, "host": ["{{base_url}}"], "path": path, "query": query, "variable": variables})
    }

    fn headers(&self, step: &Step) -> Vec<Value> {
        let mut headers = Vec::new();
        if step.by == By::Publishable || step.page {
            headers.push(
                json!({"key": "Origin", "value": "{{origin}}", "description": "As browsers send it: of the page."}),
            );
        }
        if self.operation["requestBody"].is_object() {
            headers.push(json!({"key": "Content-Type", "value": "application/json"}));
        }
        for parameter in self.parameters("header") {
            let name = parameter["name"].as_str().unwrap();
            let value = step.with.iter().find(|(of, _)| of.eq_ignore_ascii_case(name)).map(|(_, value)| *value);
            assert!(value.is_some() || parameter["required"] != true, "{name} of {} is required", self.path);
            headers.push(json!({
                "key": name, "value": value.unwrap_or_default(), "disabled": value.is_none(), "description": parameter["description"],
            }));
        }
        headers
    }

    /// What the flow says, or the document's example, or one made of the examples of its schema.
    fn body(&self, step: &Step) -> Option<String> {
        let content = self.operation["requestBody"]["content"].as_object()?;
        if !step.body.is_empty() {
            let body: Value = serde_json::from_str(step.body).expect("the flow's body is JSON");
            return Some(format!("{body:#}"));
        }
        let media = content.get("application/json").or_else(|| content.values().next())?;
        let example = match &media["example"] {
            Value::Null => self.example(&media["schema"]),
            example => example.clone(),
        };
        Some(format!("{example:#}"))
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        let target = schema["$ref"].as_str().and_then(|target| self.document.pointer(target.trim_start_matches('#')));
        target.map_or(schema, |target| self.resolved(target))
    }

    /// An object of the fields that are required or have an example.
    fn example(&self, schema: &Value) -> Value {
        let schema = self.resolved(schema);
        if !schema["example"].is_null() {
            return schema["example"].clone();
        }
        let required: Vec<&str> =
            schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let fields = schema["properties"].as_object().into_iter().flatten();
        let shown: Map<String, Value> = fields
            .filter(|(name, of)| required.contains(&name.as_str()) || !of["example"].is_null())
            .map(|(name, of)| (name.clone(), self.example(of)))
            .collect();
        if shown.is_empty() && schema["type"] != "object" { Value::Null } else { Value::Object(shown) }
    }

    /// Two tests: that the status is one of a good answer, and that the body is what the document says for it.
    fn checks(&self, step: &Step) -> String {
        let responses = self.operation["responses"].as_object().unwrap();
        let good: Vec<&String> = responses.keys().filter(|status| status.starts_with('2')).collect();
        let mut statuses: Vec<u16> = good.iter().map(|status| status.parse().unwrap()).collect();
        statuses.extend(step.or_refused);
        for status in step.or_refused {
            assert!(responses.contains_key(&status.to_string()), "{} does not document {status}", step.operation);
        }
        let mut text = format!(
            "pm.test(\"the status is a documented one\", function () {{\n    pm.expect(pm.response.code, pm.response.text()).to.be.oneOf({statuses:?});\n}});\n"
        );
        let mut bodies = Map::new();
        for status in good {
            let content = responses[status]["content"].as_object();
            let types: Vec<&String> = content.into_iter().flatten().map(|(media_type, _)| media_type).collect();
            let json = content.into_iter().flatten().find(|(media_type, _)| media_type.ends_with("json"));
            let schema = json.map(|(_, media)| self.plain(&media["schema"], 0));
            bodies.insert(status.clone(), json!({"types": types, "schema": schema}));
        }
        let documented = Value::Object(bodies);
        write!(text, "const documented = {documented}[pm.response.code];\n{BODY_TEST}").unwrap();
        for keep in step.keep {
            match keep {
                Keep::Field(variable, path) => write!(text, "\nif (pm.response.code < 300) {{ pm.collectionVariables.set(\"{variable}\", pm.response.json().{path}); }}"),
                Keep::Header(variable, header) => write!(text, "\npm.collectionVariables.set(\"{variable}\", pm.response.headers.get(\"{header}\"));"),
                Keep::Forget(variable) => write!(text, "\npm.collectionVariables.set(\"{variable}\", \"\");"),
            }
            .unwrap();
        }
        text
    }

    /// A schema without references, with what a validator of an older draft understands.
    fn plain(&self, schema: &Value, depth: usize) -> Value {
        assert!(depth < 20, "a schema of {} contains itself", self.path);
        let schema = self.resolved(schema);
        let mut plain = Map::new();
        for name in ["type", "required", "enum"] {
            if let Some(value) = schema.get(name) {
                plain.insert(name.to_owned(), value.clone());
            }
        }
        for name in ["oneOf", "anyOf", "allOf"] {
            if let Some(parts) = schema[name].as_array() {
                // Parts may overlap: an integer is a number, too.
                let name = if name == "oneOf" { "anyOf" } else { name };
                plain.insert(name.to_owned(), parts.iter().map(|part| self.plain(part, depth + 1)).collect());
            }
        }
        if let Some(fields) = schema["properties"].as_object() {
            let fields: Map<_, _> = fields.iter().map(|(name, of)| (name.clone(), self.plain(of, depth + 1))).collect();
            plain.insert("properties".to_owned(), fields.into());
        }
        if schema["items"].is_object() {
            plain.insert("items".to_owned(), self.plain(&schema["items"], depth + 1));
        }
        Value::Object(plain)
    }
}

const BODY_TEST: &str = r#"pm.test("the body is as documented", function () {
    if (!documented) { // a refusal
        pm.expect(pm.response.headers.get("Content-Type")).to.eql("application/problem+json");
        pm.expect(pm.response.json().status).to.eql(pm.response.code);
        return;
    }
    const type = (pm.response.headers.get("Content-Type") || "").split(";")[0];
    if (documented.types.length === 0) {
        pm.expect(pm.response.text()).to.eql("");
        return;
    }
    pm.expect(type).to.be.oneOf(documented.types);
    if (type === "text/event-stream") {
        const frames = pm.response.text().trim().split("\n\n");
        frames.forEach(function (frame) {
            const data = frame.split("\n").filter(function (line) { return line.startsWith("data: "); });
            pm.expect(data.length, frame).to.eql(1);
            JSON.parse(data[0].slice(6));
        });
        pm.expect(frames.length).to.be.above(0);
        pm.expect(pm.response.text()).to.not.include("event: error").and.to.not.include("\"abort\"");
    } else if (documented.schema) {
        pm.response.to.have.jsonSchema(documented.schema);
    } else {
        pm.expect(pm.response.text()).to.not.eql("");
    }
});"#;

fn bearer(variable: &str) -> Value {
    json!({"type": "bearer", "bearer": [{"key": "token", "value": format!("{{{{{variable}}}}}"), "type": "string"}]})
}
