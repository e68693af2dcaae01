//! What the tools take, and what models are told of it. Schemas stand beside the types they describe; a test compares
//! their names.

use serde::Deserialize;
use serde_json::{Map, Value, json};

/// Products of a page at most.
pub(super) const MAX_PRODUCTS: u16 = 100;
/// Where nothing is said.
pub(super) const PRODUCTS: u16 = 20;

/// Of `ask`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AskArguments {
    pub(super) question: String,
    pub(super) conversation: Option<String>,
    pub(super) workspace: Option<String>,
}

/// Of `list_products`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ListProductsArguments {
    pub(super) limit: Option<u16>,
    pub(super) cursor: Option<String>,
    pub(super) workspace: Option<String>,
}

/// One of the tools.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ToolName {
    SearchKnowledge,
    Ask,
    ListProducts,
}

impl ToolName {
    pub(super) const ALL: [Self; 3] = [Self::SearchKnowledge, Self::Ask, Self::ListProducts];

    pub(super) fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tool| tool.as_str() == name)
    }

    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::SearchKnowledge => "search_knowledge",
            Self::Ask => "ask",
            Self::ListProducts => "list_products",
        }
    }

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::SearchKnowledge => "Search the shop's documents",
            Self::Ask => "Ask the shop's assistant",
            Self::ListProducts => "List the shop's products",
        }
    }

    pub(super) const fn description(self) -> &'static str {
        match self {
            Self::SearchKnowledge => {
                "Finds the passages of the shop's documents and products that have to do with a query, best first, with \
                 today's prices. No model is asked: use it when you want to read and answer yourself."
            }
            Self::Ask => {
                "Asks the shop's assistant, which answers from the shop's documents, and gives its answer with its \
                 sources. `refused` is true when the documents do not answer the question."
            }
            Self::ListProducts => {
                "Lists the products of the shop's catalogue with price, availability, link and picture, page by page. To \
                 find products by what they are, use `search_knowledge`."
            }
        }
    }

    /// JSON Schema of its arguments.
    pub(super) fn schema(self) -> Map<String, Value> {
        let workspace = json!({
            "type": "string",
            "description": "Slug of the workspace; to be left out with a key that is bound to one."
        });
        let (required, properties) = match self {
            Self::SearchKnowledge => (
                json!(["query"]),
                json!({
                    "query": {"type": "string", "minLength": 1, "maxLength": 2000, "description": "Words or a question."},
                    "top_n": {"type": "integer", "minimum": 1, "maximum": 20, "description": "Passages at most."},
                    "score_threshold": {"type": "number", "minimum": 0, "maximum": 1, "description": "Least similarity."},
                    "workspace": workspace
                }),
            ),
            Self::Ask => (
                json!(["question"]),
                json!({
                    "question": {"type": "string", "minLength": 1, "description": "What is asked, as a shopper would."},
                    "conversation": {
                        "type": "string", "pattern": "^[A-Za-z0-9_.:-]{1,128}$",
                        "description": "`session_id` of an answer before, to ask on. Without it a new conversation begins."
                    },
                    "workspace": workspace
                }),
            ),
            Self::ListProducts => (
                json!([]),
                json!({
                    "limit": {"type": "integer", "minimum": 1, "maximum": MAX_PRODUCTS, "default": PRODUCTS,
                        "description": "Products of a page."},
                    "cursor": {"type": "string", "maxLength": 300, "description": "`next_cursor` of the page before."},
                    "workspace": workspace
                }),
            ),
        };
        let schema = json!({
            "type": "object", "properties": properties, "required": required, "additionalProperties": false
        });
        match schema {
            Value::Object(schema) => schema,
            _ => Map::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::knowledge::KnowledgeQuery;
    use serde::de::DeserializeOwned;

    /// Every property of the schema with a value that fits its type.
    fn all(tool: ToolName) -> Value {
        let value = |schema: &Value| match schema["type"].as_str() {
            Some("integer" | "number") => json!(1),
            _ => json!("x"),
        };
        let schema = tool.schema();
        schema["properties"].as_object().unwrap().iter().map(|(name, schema)| (name.clone(), value(schema))).collect()
    }

    fn reads<T: DeserializeOwned>(tool: ToolName) {
        serde_json::from_value::<T>(all(tool)).unwrap_or_else(|error| panic!("{}: {error}", tool.as_str()));
        let mut more = all(tool);
        more["prompt"] = json!("x");
        assert!(serde_json::from_value::<T>(more).is_err(), "{}", tool.as_str());
    }

    #[test]
    fn schemas_are_those_of_the_types() {
        reads::<KnowledgeQuery>(ToolName::SearchKnowledge);
        reads::<AskArguments>(ToolName::Ask);
        reads::<ListProductsArguments>(ToolName::ListProducts);
        for tool in ToolName::ALL {
            assert_eq!(ToolName::of(tool.as_str()), Some(tool));
        }
    }
}
