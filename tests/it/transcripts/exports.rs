//! Taking everything along.

use super::{LIST, QUESTION, ask, audited, listed, staff, written};
use crate::harness::World;
use serde_json::{Value, json};

#[tokio::test]
async fn an_export_has_a_line_a_question_and_no_formula() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": "=HYPERLINK(\"https://evil.example\")", "visitor": {"id": "@SUM(A1)"}})).await;
    written(&world, 1).await;
    let answer = ask(&page, json!({"message": format!("{QUESTION} \"quoted\",\nand more")})).await;
    listed(&staff, "", 2).await;

    let csv = staff.get(&format!("{LIST}/export")).await;
    assert_eq!(csv.status, 200, "{}", csv.text());
    assert!(csv.header("content-type").unwrap().starts_with("text/csv"));
    assert!(csv.header("content-disposition").unwrap().contains("conversations.csv"));
    let lines: Vec<_> = csv.text().split("\r\n").collect();
    assert!(lines[0].starts_with("conversation,id,at,outcome,code,question,answer,"), "{}", lines[0]);
    assert!(lines[0].ends_with(",company,solved,note,ai_generated") && lines[1].contains(",false,"), "{lines:?}");
    assert_eq!(lines.len(), 4, "a heading, two questions, and nothing: {}", csv.text());
    assert!(csv.text().contains("\"'=HYPERLINK") || csv.text().contains("'=HYPERLINK"), "{}", csv.text());
    assert!(csv.text().contains("'@SUM(A1)"), "{}", csv.text());
    assert!(csv.text().contains("\"\"quoted\"\""), "{}", csv.text());

    let lines = staff.get(&format!("{LIST}/export?format=jsonl&refused=false")).await;
    assert_eq!(lines.header("content-type"), Some("application/jsonl"));
    let lines: Vec<Value> = lines.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().any(|line| line["id"] == answer["id"] && line["answer"] == answer["answer"]), "{lines:?}");
    assert!(lines.iter().all(|line| line["ai_generated"] == true), "{lines:?}");
    assert_eq!(csv.header("ai-disclosure"), Some("mode=ai-originated"));
    let log = audited(&world, "conversations.exported").await;
    assert_eq!(log.len(), 2, "{log:?}");
    assert!(log[0].contains("workspace:shop"), "{log:?}");
}

#[tokio::test]
async fn a_large_export_comes_piece_by_piece_and_misses_nothing() {
    let world = World::start().await;
    let (page, staff) = (world.browser().await, staff(&world).await);
    ask(&page, json!({"message": QUESTION})).await;
    written(&world, 1).await;
    // Many at the same moment: the pages are cut by the id, too.
    world
        .sql(
            "INSERT INTO vestibule.exchanges
               (id, tenant_id, workspace_id, conversation_id, at, outcome, cached, question, question_cut, answer, answer_cut)
             SELECT gen_random_uuid(), tenant_id, workspace_id, conversation_id, at, 'answered', false,
                    'question ' || n, false, 'answer ' || n, false
             FROM vestibule.exchanges, generate_series(1, 999) AS n",
        )
        .await;
    let lines = staff.get(&format!("{LIST}/export?format=jsonl")).await;
    let mut seen: Vec<String> = lines
        .text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["question"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(seen.len(), 1000);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 1000, "none twice");
    let found = staff.get(&format!("{LIST}/export?format=jsonl&q=%22question+777%22")).await;
    assert_eq!(found.text().lines().count(), 1);
}
