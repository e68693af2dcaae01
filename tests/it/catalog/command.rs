//! `vestibule catalog`, as an operator runs it.

use super::{Shop, csv};
use crate::harness::{World, environment, eventually};
use serde_json::Value;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use uuid::Uuid;

/// For commands that have thousands of products to go through.
const LONG: Duration = Duration::from_secs(240);

/// A feed on disk; gone with this value.
struct File(PathBuf);

impl File {
    fn new(name: &str, feed: impl AsRef<[u8]>) -> Self {
        let path = std::env::temp_dir().join(format!("vestibule-{}-{name}", Uuid::new_v4()));
        std::fs::write(&path, feed).unwrap();
        Self(path)
    }

    fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// How a command ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

fn command(world: &World, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
    command.arg("catalog").args(arguments).args(["--workspace", "shop"]).env_clear().envs(environment(world));
    command.env("VESTIBULE_CATALOG_LEASE_SECONDS", "2").env("VESTIBULE_CATALOG_RETRY_MILLIS", "50");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

async fn run(world: &World, arguments: &[&str]) -> Ended {
    end(command(world, arguments).spawn().unwrap()).await
}

async fn end(child: Child) -> Ended {
    let output = tokio::time::timeout(LONG, child.wait_with_output()).await.expect("it ends").unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ended { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

async fn shop() -> Shop {
    Shop::of(World::builder().set("CATALOG_WORKERS", 0).start().await)
}

#[tokio::test]
async fn a_file_is_synced_and_shown() {
    let shop = shop().await;
    let file = File::new("feed.csv", csv(0..7, |_| 5));
    let ended = run(&shop.world, &["sync", "--feed", file.path()]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.out, "succeeded: 7 products: 7 added, 0 updated, 0 unchanged, 0 removed, 0 failed\n");
    assert!(ended.err.ends_with("succeeded: 7 products\n"), "{ended:?}");
    shop.assert_tidy(7).await;
    let file = File::new("feed.jsonl", csv(0..7, |_| 5));
    let ended = run(&shop.world, &["sync", "--quiet", "--json", "--feed", file.path(), "--format", "csv"]).await;
    let shown: Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(
        (&shown["status"], &shown["products"]["unchanged"], ended.err.as_str()),
        (&"succeeded".into(), &7.into(), "")
    );
    let status = run(&shop.world, &["status"]).await;
    assert!(status.out.starts_with("7 products have a document\nSTARTED"), "{status:?}");
    assert_eq!(status.out.matches("succeeded  100%").count(), 2, "{status:?}");
    let status: Value = serde_json::from_str(&run(&shop.world, &["status", "--json"]).await.out).unwrap();
    assert_eq!(status[1]["products"]["added"], 7);
}

#[tokio::test]
async fn a_packed_file_is_read_and_a_dry_run_says_what_it_would_do() {
    let shop = shop().await;
    let packed = include_bytes!("../../../src/catalog/corpus/feeds/gzip.csv.gz");
    let file = File::new("feed.csv.gz", packed);
    let dry = run(&shop.world, &["sync", "--quiet", "--dry-run", "--feed", file.path()]).await;
    let told = "succeeded: 1 products: 1 added, 0 updated, 0 unchanged, 0 removed, 0 failed\n";
    assert_eq!((dry.code, dry.out), (Some(0), format!("dry run, nothing was changed: {told}")));
    shop.assert_tidy(0).await;
    let mut child = command(&shop.world, &["sync", "--quiet", "--feed", "-", "--format", "csv"])
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(packed).await.unwrap();
    let ended = end(child).await;
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), told), "{}", ended.err);
    shop.assert_tidy(1).await;
}

#[tokio::test]
async fn what_is_withheld_is_told_and_each_product_is_in_the_report() {
    let shop = shop().await;
    let file = File::new("feed.csv", csv(0..30, |_| 5));
    run(&shop.world, &["sync", "--quiet", "--feed", file.path()]).await;
    let file = File::new("feed.csv", csv(0..26, |_| 5).replace("/p/3,5.00 EUR", "/p/3,1.015 EUR"));
    let ended = run(&shop.world, &["sync", "--quiet", "--feed", file.path()]).await;
    let told = "partial: 26 products: 0 added, 0 updated, 25 unchanged, 0 removed, 1 failed\n\
                removals withheld: 4, because they are more than the set share; allow it if it is meant: P26, P27, P28, P29\n";
    assert!(ended.code == Some(0) && ended.out.starts_with(told), "{ended:?}");
    let report = run(&shop.world, &["report"]).await.out;
    assert!(report.starts_with("outcome,product,record,line,byte,code,message\r\n"), "{report}");
    assert_eq!((report.matches("unchanged,P").count(), report.matches("withheld,P").count()), (25, 4), "{report}");
    let refused = run(&shop.world, &["report", "--outcome", "refused", "--json"]).await.out;
    let refused: Value = serde_json::from_str(&refused).unwrap();
    assert_eq!(
        (&refused["product"], &refused["line"], &refused["code"]),
        (&"P3".into(), &5.into(), &"bad_price".into())
    );
    // The price is a thousand where the feed's separator is known.
    let arguments = ["sync", "--quiet", "--allow-mass-removal", "--decimal-separator", ",", "--feed", file.path()];
    let feed = std::fs::read_to_string(file.path()).unwrap().replace(".00 EUR", " EUR");
    std::fs::write(file.path(), feed).unwrap();
    let ended = run(&shop.world, &arguments).await;
    assert_eq!((ended.code, ended.out.contains("1 updated, 25 unchanged, 4 removed")), (Some(0), true), "{ended:?}");
}

#[tokio::test]
async fn what_cannot_be_done_is_told_with_its_code() {
    let shop = shop().await;
    let file = File::new("feed", "id,title\n");
    for (arguments, code, words) in [
        (vec!["sync"], 64, "has no store connection"),
        (vec!["sync", "--feed", "/nowhere/feed.csv"], 64, "there is no file"),
        (vec!["sync", "--feed", file.path()], 64, "--format"),
        (vec!["sync", "--feed", file.path(), "--format", "pdf"], 64, "`pdf`"),
        (vec!["sync", "--feed", file.path(), "--format", "csv"], 1, ""),
    ] {
        let ended = run(&shop.world, &arguments).await;
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert!(ended.err.contains(words), "{ended:?}");
    }
    let mut away = command(&shop.world, &["sync", "--quiet", "--feed", "-", "--format", "csv"]);
    away.env("VESTIBULE_UPSTREAM_URL", "http://127.0.0.1:1").stdin(Stdio::piped());
    let mut child = away.spawn().unwrap();
    child.stdin.take().unwrap().write_all(csv(0..2, |_| 5).as_bytes()).await.unwrap();
    let ended = end(child).await;
    assert_eq!(ended.code, Some(69), "{ended:?}");
    assert!(ended.out.starts_with("failed: AnythingLLM could not be used"), "{ended:?}");
}

#[tokio::test]
async fn ten_thousand_products_killed_in_the_middle_are_there_once_in_the_end() {
    let shop = shop().await;
    let file = File::new("feed.csv", csv(0..10_000, |_| 5));
    let arguments = ["sync", "--feed", file.path()];
    let mut killed = command(&shop.world, &arguments).env("VESTIBULE_CATALOG_BATCH", "500").spawn().unwrap();
    let control = shop.world.upstream.control();
    let half = || shop.stored().len() >= 4_200;
    let deadline = tokio::time::Instant::now() + LONG;
    while !half() {
        assert!(tokio::time::Instant::now() < deadline, "it does not get on");
        if killed.try_wait().unwrap().is_some() {
            panic!("it has ended: {:?}", end(killed).await);
        }
        control.clear_requests();
        control.until(|control| control.request_count() > 50, Duration::from_secs(20)).await;
    }
    killed.start_kill().unwrap();
    assert_eq!(killed.wait().await.unwrap().code(), None, "it was killed");
    let ended = end(command(&shop.world, &arguments).env("VESTIBULE_CATALOG_BATCH", "500").spawn().unwrap()).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.err.contains("embedding: "), "{ended:?}");
    shop.assert_tidy(10_000).await;
    // Once more: nothing is sent.
    control.clear_requests();
    let ended = run(&shop.world, &arguments).await;
    let told = "succeeded: 10000 products: 0 added, 0 updated, 10000 unchanged, 0 removed, 0 failed\n";
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), told));
    assert_eq!(shop.writes(), 0);
}

#[tokio::test]
async fn a_hundred_thousand_records_pass_through_in_little_memory() {
    let shop = shop().await;
    let sync = |records: u32| {
        let shop = &shop;
        async move {
            let mut command = command(&shop.world, &["sync", "--quiet", "--feed", "-", "--format", "csv"]);
            command.arg("--allow-mass-removal").stdin(Stdio::piped());
            let mut child = command.spawn().unwrap();
            let status = format!("/proc/{}/status", child.id().unwrap());
            let mut input = child.stdin.take().unwrap();
            let mut peak = 0;
            let mut feed = String::from("id,item_group_id,title,price,size,description\n");
            for number in 0..records {
                // A hundred variants a product: reading is what is measured, not the upstream.
                let group = number / 100;
                let filler = "A long description. ".repeat(10);
                writeln!(feed, "V{number},G{group},Screw {group},1.00 EUR,{number} mm,{filler}").unwrap();
                if feed.len() > 64 * 1024 {
                    input.write_all(feed.as_bytes()).await.unwrap();
                    feed.clear();
                    peak = peak_memory(&status).unwrap_or(peak);
                }
            }
            input.write_all(feed.as_bytes()).await.unwrap();
            drop(input);
            eventually(async || {
                peak = peak_memory(&status).unwrap_or(peak);
                let phases: Vec<String> =
                    shop.world.query("SELECT phase FROM vestibule.sync_runs ORDER BY id DESC LIMIT 1").await;
                if phases == ["reading"] { Err(phases) } else { Ok(()) }
            })
            .await;
            let waiting = end(child);
            tokio::pin!(waiting);
            let mut tick = tokio::time::interval(Duration::from_millis(50));
            let ended = loop {
                tokio::select! {
                    ended = &mut waiting => break ended,
                    _ = tick.tick() => peak = peak_memory(&status).unwrap_or(peak),
                }
            };
            assert_eq!(ended.code, Some(0), "{ended:?}");
            peak
        }
    };
    let few = sync(10_000).await;
    let many = sync(100_000).await;
    assert!(few > 1_000_000, "{few} bytes were not measured");
    // 25 MB of feed; what is held does not grow with it.
    assert!(many < few + 16_000_000, "{few} bytes for 10,000 records, {many} for 100,000");
    shop.assert_tidy(1_000).await;
}

/// The most memory a process has had, in bytes; none once it is gone.
fn peak_memory(status: &str) -> Option<u64> {
    let status = std::fs::read_to_string(status).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kb| kb * 1024)
}

#[tokio::test]
async fn documents_that_nobody_knows_are_found_and_pruned() {
    let shop = shop().await;
    shop.sync(vestibule::catalog::feed::Format::Csv, &csv(0..4, |_| 5)).await;
    // A product is forgotten here, and a whole workspace with its catalogue.
    shop.world.sql("DELETE FROM vestibule.catalog_products WHERE product_key = 'item:P1'").await;
    let command = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_vestibule"));
        command.args(arguments).env_clear().envs(environment(&shop.world));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        end(command.spawn().unwrap())
    };
    let doctor = command(&["doctor"]).await;
    assert!(doctor.out.contains("1 documents of catalogues, of 5, belong to no workspace here"), "{doctor:?}");
    let looked = command(&["catalog", "prune"]).await;
    assert_eq!(looked.code, Some(0), "{looked:?}");
    assert!(looked.out.contains("1 documents, unknown to its workspace"), "{looked:?}");
    assert!(looked.out.contains("1 documents are left over"), "{looked:?}");
    assert_eq!(shop.stored().len(), 4, "looking changes nothing");
    let pruned = command(&["catalog", "prune", "--yes"]).await;
    assert!(pruned.out.contains("1 documents removed"), "{pruned:?}");
    assert_eq!(shop.stored().len(), 3);
    let told: Vec<String> =
        shop.world.query("SELECT action FROM vestibule.audit_log WHERE action = 'catalog.pruned'").await;
    assert_eq!(told.len(), 1);
    let again = command(&["catalog", "prune", "--json"]).await;
    let again: Value = serde_json::from_str(&again.out).unwrap();
    assert_eq!((&again["looked_at"], &again["removed"]), (&4.into(), &0.into()));
    let doctor = command(&["doctor"]).await;
    assert!(doctor.out.contains("no document of a catalogue is left over, of 4"), "{doctor:?}");
}

#[tokio::test]
async fn whoever_syncs_a_file_is_told_when_it_must_be_synced_again() {
    let shop = shop().await;
    let feed = "id,title,price,sale_price,sale_price_effective_date\n\
                1,Saw,189.00 EUR,149.00 EUR,2025-11-24T00:00Z/2099-12-01T23:59Z\n";
    let file = File::new("sale.csv", feed);
    let ended = run(&shop.world, &["sync", "--feed", file.path(), "--quiet"]).await;
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("a sale begins or ends at 2099-12-0"), "{ended:?}");
    let file = File::new("plain.csv", csv(0..1, |_| 5));
    let ended = run(&shop.world, &["sync", "--feed", file.path(), "--quiet", "--allow-mass-removal"]).await;
    assert!(!ended.out.contains("a sale begins"), "{ended:?}");
}

/// The program by itself, so that its memory is its own. `docs/catalog.md` has the figures.
#[tokio::test]
#[ignore = "takes many minutes and prints"]
async fn a_hundred_thousand_products() {
    use std::time::Instant;
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let faster: u32 = std::env::var("FASTER").map_or(50, |faster| faster.parse().unwrap());
    let shop = shop().await;
    let control = shop.world.upstream.control();
    control.set_slowness(vestibule_stand_in::Slowness::MEASURED.divided(faster));
    let products: u32 = std::env::var("PRODUCTS").map_or(100_000, |products| products.parse().unwrap());
    let file = File::new("large.csv", csv(0..products, |id| id % 90 + 10));
    for round in ["new", "unchanged", "again"] {
        let began = Instant::now();
        let mut command = command(&shop.world, &["sync", "--feed", file.path()]);
        command.env("VESTIBULE_CATALOG_LEASE_SECONDS", "15");
        let mut child = command.spawn().unwrap();
        let status = format!("/proc/{}/status", child.id().unwrap());
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut first = None;
        let mut peak = String::new();
        let mut look = tokio::time::interval(Duration::from_millis(200));
        let mut last = String::new();
        loop {
            tokio::select! {
                line = lines.next_line() => match line.unwrap() {
                    Some(line) => {
                        first.get_or_insert_with(|| began.elapsed());
                        last = line;
                    }
                    None => break,
                },
                _ = look.tick() => {
                    let text = std::fs::read_to_string(&status).unwrap_or_default();
                    if let Some(line) = text.lines().find(|line| line.starts_with("VmHWM")) {
                        line.clone_into(&mut peak);
                    }
                }
            }
        }
        let ended = child.wait().await.unwrap();
        println!("{round}: {:?}, first line after {first:?}, {peak}, {ended}, last: {last}", began.elapsed());
    }
}
