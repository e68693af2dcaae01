//! What a list costs where a workspace has 100,000 conversations: rows that are read, not time. Asked are the statements
//! themselves, as they were checked, planned without their values: so they are run after a few times.

use super::{QUESTION, STRANGE, ask, written};
use crate::harness::World;
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use std::path::Path;
use uuid::Uuid;

const CONVERSATIONS: usize = 100_000;
/// A page of the console, and what may be looked at besides.
const FEW: f64 = 1_000.0;

/// The statement that holds all of these texts and none of those.
fn statement(with: &[&str], without: &[&str]) -> String {
    let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join(".sqlx");
    let queries = std::fs::read_dir(kept).unwrap().map(|entry| std::fs::read(entry.unwrap().path()).unwrap());
    let queries =
        queries.map(|text| serde_json::from_slice::<Value>(&text).unwrap()["query"].as_str().unwrap().to_owned());
    let is_it = |query: &String| {
        with.iter().all(|text| query.contains(text)) && !without.iter().any(|text| query.contains(text))
    };
    let found: Vec<_> = queries.filter(is_it).collect();
    assert_eq!(found.len(), 1, "{found:#?}");
    found.into_iter().next().unwrap()
}

/// Rows of tables that the plan has read, those that were thrown away too.
fn rows_read(plan: &Value) -> f64 {
    let number = |name: &str| plan[name].as_f64().unwrap_or(0.0);
    let own = if plan["Node Type"].as_str().unwrap_or_default().contains("Scan") && plan["Relation Name"].is_string() {
        (number("Actual Rows") + number("Rows Removed by Filter") + number("Rows Removed by Index Recheck"))
            * number("Actual Loops")
    } else {
        0.0
    };
    own + plan["Plans"].as_array().map_or(0.0, |plans| plans.iter().map(rows_read).sum())
}

/// As the running gateway asks.
async fn reading(world: &World) -> PgConnection {
    let mut connection = PgConnection::connect(&world.database_url()).await.unwrap();
    let tenant = world.workspace.tenant.0;
    for sql in [
        format!("SET vestibule.tenant_id = '{tenant}'"),
        "SET ROLE vestibule_app".to_owned(),
        "SET plan_cache_mode = force_generic_plan".to_owned(),
        "SET jit = off".to_owned(),
    ] {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut connection).await.unwrap();
    }
    connection
}

async fn cost(connection: &mut PgConnection, name: &str, values: &[String]) -> (f64, Value) {
    let sql = format!("EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE {name}({})", values.join(", "));
    let plan: Value = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(connection).await.unwrap();
    let plan = plan[0]["Plan"].clone();
    (rows_read(&plan), plan)
}

/// 100,000 conversations: every fourth finds nothing, one in a thousand was disliked, none is French.
async fn fill(world: &World) {
    for table in ["exchanges", "transcripts"] {
        world.sql(&format!("ALTER TABLE vestibule.{table} DISABLE TRIGGER USER")).await;
    }
    let conversations = format!(
        "INSERT INTO vestibule.conversations
           (id, tenant_id, workspace_id, owner, session_id, upstream_session, started_at, last_at)
         SELECT gen_random_uuid(), c.tenant_id, c.workspace_id, c.owner, 'many-' || n, 'many-conversations-' || n,
                now() - n * interval '1 minute', now() - n * interval '1 minute'
         FROM (SELECT * FROM vestibule.conversations LIMIT 1) c, generate_series(1, {CONVERSATIONS}) AS n"
    );
    let transcripts = "INSERT INTO vestibule.transcripts (conversation_id, tenant_id, workspace_id, last_at)
         SELECT id, tenant_id, workspace_id, last_at FROM vestibule.conversations WHERE session_id LIKE 'many-%'";
    let exchanges = "INSERT INTO vestibule.exchanges
           (id, tenant_id, workspace_id, conversation_id, at, outcome, cached, question, question_cut, answer_cut, locale,
            origin, gist, feedback, feedback_at)
         SELECT gen_random_uuid(), tenant_id, workspace_id, id, last_at,
                CASE n % 4 WHEN 0 THEN 'refused' ELSE 'answered' END, false, 'question ' || n, false, false, 'de',
                'https://shop.example', 'question ' || n % 5000, CASE n % 1000 WHEN 0 THEN 'down' END,
                CASE n % 1000 WHEN 0 THEN last_at END
         FROM (SELECT *, substr(session_id, 6)::integer AS n FROM vestibule.conversations
               WHERE session_id LIKE 'many-%') AS c";
    let traits = "INSERT INTO vestibule.transcript_traits (tenant_id, workspace_id, conversation_id, trait, last_at)
         SELECT e.tenant_id, e.workspace_id, e.conversation_id, said.trait, e.at
         FROM vestibule.exchanges e
         CROSS JOIN vestibule.traits_of(e.outcome, e.feedback, e.api_key_id, e.origin, e.locale, false) AS said(trait)
         WHERE e.question LIKE 'question %'";
    for sql in [conversations.as_str(), transcripts, exchanges, traits] {
        world.sql(sql).await;
    }
    for table in ["exchanges", "transcripts"] {
        world.sql(&format!("ALTER TABLE vestibule.{table} ENABLE TRIGGER USER")).await;
    }
    // A statement of its own each: it takes no transaction.
    let mut owner = PgConnection::connect(&world.database_url()).await.unwrap();
    for table in ["conversations", "transcripts", "exchanges", "transcript_traits"] {
        let sql = format!("VACUUM (ANALYZE) vestibule.{table}");
        sqlx::query(AssertSqlSafe(sql)).execute(&mut owner).await.unwrap();
    }
}

/// One after another, because to fill the tables takes longer than all that is asked of them. Each names itself where it
/// fails.
#[tokio::test]
async fn lists_of_a_large_workspace_read_what_they_show() {
    let world = World::start().await;
    let page = world.browser().await;
    ask(&page, json!({"message": QUESTION})).await;
    ask(&page, json!({"message": STRANGE})).await;
    written(&world, 2).await;
    fill(&world).await;
    a_filter_reads_the_conversations_that_it_means_and_no_others(&world).await;
    words_that_stand_nowhere_or_seldom_are_found_without_walking_the_conversations(&world).await;
    gaps_are_counted_out_of_their_index_and_no_other_question_is_read(&world).await;
}

async fn a_filter_reads_the_conversations_that_it_means_and_no_others(world: &World) {
    let mut connection = reading(world).await;
    let list = statement(&["FROM vestibule.transcript_traits f", "OR $19::boolean AND EXISTS"], &[]);
    let types = "uuid, uuid, boolean, boolean, text, text, boolean, boolean, text, uuid, text, text, timestamptz, \
                 timestamptz, text, timestamptz, uuid, bigint, boolean, boolean, text";
    let prepare = format!("PREPARE list ({types}) AS {list}");
    sqlx::query(AssertSqlSafe(prepare)).execute(&mut connection).await.unwrap();
    for (found, by, name) in [
        ("0", vec![(12, "'fr'")], "locale fr"),
        ("0", vec![(8, "true")], "failed"),
        ("0", vec![(11, "'https://other.example'")], "origin https://other.example"),
        ("31", vec![(9, "'down'")], "down"),
        ("31", vec![(7, "true")], "refused"),
        ("31", vec![(12, "'de'")], "locale de"),
    ] {
        let mut values = vec!["NULL".to_owned(); 21];
        values[0] = format!("'{}'", world.workspace.tenant.0);
        values[1] = format!("'{}'", world.workspace.id.0);
        (values[17], values[18], values[19], values[20]) =
            ("31".into(), "true".into(), "false".into(), format!("'{name}'"));
        for (place, value) in by {
            values[place - 1] = value.to_owned();
        }
        let (read, plan) = cost(&mut connection, "list", &values).await;
        assert!(read < FEW, "{name} reads {read} rows: {plan:#}");
        assert_eq!(format!("{:.0}", plan["Actual Rows"].as_f64().unwrap()), found, "{name}: {plan:#}");
    }
}

/// Rows that this session's transaction has read so far, of the tables that are searched for words.
async fn read_so_far(connection: &mut PgConnection) -> i64 {
    sqlx::query_scalar(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint FROM pg_stat_xact_user_tables
         WHERE relname IN ('exchanges', 'handovers', 'transcripts', 'conversations')",
    )
    .fetch_one(connection)
    .await
    .unwrap()
}

/// The conversations that the index tells of.
async fn with_words(connection: &mut PgConnection, workspace: Uuid, wanted: &str) -> Vec<Uuid> {
    let found = sqlx::query_scalar("SELECT * FROM vestibule.conversations_with_words($1, $2, 1001)");
    found.bind(workspace).bind(wanted).fetch_all(connection).await.unwrap()
}

async fn words_that_stand_nowhere_or_seldom_are_found_without_walking_the_conversations(world: &World) {
    let list = statement(&["t.conversation_id = ANY ($21)"], &[]);
    let types = "uuid, uuid, boolean, boolean, text, text, boolean, boolean, text, uuid, text, text, timestamptz, \
                 timestamptz, text, timestamptz, uuid, bigint, boolean, boolean, uuid[]";
    let (tenant, workspace) = (world.workspace.tenant.0, world.workspace.id.0);
    let beginning = workspace.to_string()[28..].to_owned();
    for (found, word) in [("0", "unicorn"), ("1", "99999"), ("11", "9999")] {
        // A session of its own: what it has read is told of the whole transaction.
        let mut connection = reading(world).await;
        let mut tx = connection.begin().await.unwrap();
        sqlx::query(AssertSqlSafe(format!("PREPARE list ({types}) AS {list}"))).execute(&mut *tx).await.unwrap();
        let before = read_so_far(&mut tx).await;
        let ids = with_words(&mut tx, workspace, &format!("'{beginning}{word}':*")).await;
        let ids: Vec<_> = ids.iter().map(Uuid::to_string).collect();
        let mut values = vec!["NULL".to_owned(); 21];
        values[0] = format!("'{tenant}'");
        values[1] = format!("'{workspace}'");
        values[14] = format!("$$'{word}':*$$");
        (values[17], values[18], values[19], values[20]) =
            ("31".into(), "true".into(), "false".into(), format!("'{{{}}}'::uuid[]", ids.join(",")));
        let (_, plan) = cost(&mut tx, "list", &values).await;
        assert_eq!(format!("{:.0}", plan["Actual Rows"].as_f64().unwrap()), found, "{word}: {plan:#}");
        let read = read_so_far(&mut tx).await - before;
        assert!(read < 1_000, "{word} reads {read} rows: {plan:#}");
    }
    let mut connection = reading(world).await;
    // A word that stands everywhere is not gathered: the newest conversations are looked at then.
    let many = with_words(&mut connection, workspace, &format!("'{beginning}question':*")).await;
    assert_eq!(many.len(), 1001);
    // Who asks for another tenant's workspace is told nothing.
    let foreign = "SET vestibule.tenant_id = '00000000-0000-7000-8000-0000000000ff'";
    sqlx::query(foreign).execute(&mut connection).await.unwrap();
    let found = with_words(&mut connection, workspace, &format!("'{beginning}99999'")).await;
    assert_eq!(found, Vec::<Uuid>::new());
}

async fn gaps_are_counted_out_of_their_index_and_no_other_question_is_read(world: &World) {
    let mut connection = reading(world).await;
    let gaps = statement(&["WITH groups AS MATERIALIZED"], &[]);
    let prepare = format!("PREPARE gaps (uuid, uuid, timestamptz, timestamptz, bigint) AS {gaps}");
    sqlx::query(AssertSqlSafe(prepare)).execute(&mut connection).await.unwrap();
    let values = [
        format!("'{}'", world.workspace.tenant.0),
        format!("'{}'", world.workspace.id.0),
        "now() - interval '30 days'".to_owned(),
        "now() + interval '1 day'".to_owned(),
        "50".to_owned(),
    ];
    let (read, plan) = cost(&mut connection, "gaps", &values).await;
    assert_eq!(format!("{:.0}", plan["Actual Rows"].as_f64().unwrap()), "50", "{plan:#}");
    // Of 43,200 questions in 30 days the 10,800 that found nothing, each once, and those of the groups that are shown.
    assert!(read < 12_000.0, "{read} rows: {plan:#}");
    let counted = plan.to_string();
    assert!(counted.contains("exchanges_gaps_by_time") && counted.contains("Index Only Scan"), "{plan:#}");
}
