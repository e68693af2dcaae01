//! Log lines leave through a thread of their own, so that a reader that does not read (a full pipe, a slow disk) costs
//! log lines and not requests.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};
use tracing_subscriber::fmt::MakeWriter;

/// How long the end waits for what still waits. A reader that never reads must not keep the process from ending.
const PATIENCE: Duration = Duration::from_secs(1);

/// Lines that may wait: a second or two of a busy gateway, a few MiB.
const QUEUE: usize = 8192;

enum Message {
    Line(Vec<u8>),
    /// Write everything that came before and stop.
    Stop,
}

/// Makes one [`Line`] an event. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct LineWriter {
    queue: SyncSender<Message>,
    lost: Arc<AtomicU64>,
}

/// Writes what is still waiting when it is dropped.
#[derive(Debug)]
pub(super) struct LineGuard {
    queue: SyncSender<Message>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

/// One event's bytes; the formatter hands them over in a single call.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a LineWriter);

/// Starts the thread.
pub(super) fn spawn(sink: impl Write + Send + 'static) -> io::Result<(LineWriter, LineGuard)> {
    let (queue, lines) = sync_channel(QUEUE);
    let lost = Arc::new(AtomicU64::new(0));
    let told = Arc::clone(&lost);
    let (ending, ended) = sync_channel(0);
    std::thread::Builder::new().name("log".into()).spawn(move || {
        run(&lines, &told, sink);
        drop(ending);
    })?;
    Ok((LineWriter { queue: queue.clone(), lost }, LineGuard { queue, ended }))
}

/// Errors are ignored: where log lines cannot be written there is nowhere to say so.
fn run(lines: &Receiver<Message>, lost: &AtomicU64, sink: impl Write) {
    let mut sink = io::BufWriter::with_capacity(64 * 1024, sink);
    let mut next = lines.recv().ok();
    while let Some(Message::Line(line)) = next {
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            let _ = writeln!(sink, "{{\"level\":\"WARN\",\"message\":\"log lines were lost\",\"lost\":{missing}}}");
        }
        let _ = sink.write_all(&line);
        next = lines.try_recv().ok();
        if next.is_none() {
            // Nothing waits: show what there is before sleeping.
            let _ = sink.flush();
            next = lines.recv().ok();
        }
    }
    let _ = sink.flush();
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.0.queue.try_send(Message::Line(bytes.to_vec())) {
            Ok(()) | Err(TrySendError::Disconnected(_)) => {}
            Err(TrySendError::Full(_)) => {
                self.0.lost.fetch_add(1, Ordering::Relaxed);
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineGuard {
    fn drop(&mut self) {
        let end = Instant::now() + PATIENCE;
        while let Err(TrySendError::Full(_)) = self.queue.try_send(Message::Stop) {
            if Instant::now() > end {
                return;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::{QUEUE, spawn};
    use parking_lot::Mutex;
    use std::io::{self, Write};
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, channel};
    use tracing_subscriber::fmt::MakeWriter as _;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().extend_from_slice(bytes);
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// Does not read before it is told to.
    struct Stuck(Receiver<()>, Shared);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            self.1.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn lines_come_out_whole_and_in_order_before_the_guard_is_gone() {
        let sink = Shared::default();
        let (writer, guard) = spawn(sink.clone()).unwrap();
        let mut expected = String::new();
        for n in 0..1000 {
            let line = format!("{n}\n");
            writer.make_writer().write_all(line.as_bytes()).unwrap();
            expected += &line;
        }
        drop(guard);
        assert_eq!(String::from_utf8(sink.0.lock().clone()).unwrap(), expected);
    }

    #[test]
    fn a_stuck_reader_costs_lines_and_is_told_how_many() {
        let sink = Shared::default();
        let (release, stuck) = channel();
        let (writer, guard) = spawn(Stuck(stuck, sink.clone())).unwrap();
        let line = vec![b'x'; 64 * 1024];
        // One is being written; the queue fills up behind it and the rest is dropped without waiting.
        let sent = QUEUE as u64 + 50;
        for n in 0..sent {
            let line: &[u8] = if n == 0 { &line } else { b"y\n" };
            writer.make_writer().write_all(line).unwrap();
        }
        drop(release);
        drop(guard);
        let written = String::from_utf8(sink.0.lock().clone()).unwrap();
        let kept = written.matches('y').count() as u64;
        assert!((QUEUE as u64 - 1..sent - 1).contains(&kept), "{kept}");
        let said: u64 =
            written.split("\"lost\":").skip(1).map(|s| s.split('}').next().unwrap().parse::<u64>().unwrap()).sum();
        assert_eq!(kept + said + 1, sent);
    }
}
