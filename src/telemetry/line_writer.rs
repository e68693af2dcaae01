//! Log lines leave through a thread of their own, so that a reader that does not read (a full pipe, a slow disk) costs
//! log lines and not requests.
//!
//! The first line after a silence goes out at once; while lines keep coming they are gathered, because waking a thread
//! for each costs more than making the line.

use parking_lot::{Condvar, Mutex};
use std::io::{self, Write};
use std::mem;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;
use tracing_subscriber::fmt::MakeWriter;

/// How long the end waits for what still waits. A reader that never reads must not keep the process from ending.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long lines are gathered after some were written.
const GATHER: Duration = Duration::from_millis(10);

/// Lines that may wait: a second or so of a busy gateway, in bytes.
const ROOM: usize = 4 * 1024 * 1024;

/// What writers and the thread share.
#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    /// Told when the thread sleeps and there is something to do.
    call: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    bytes: Vec<u8>,
    /// Lines for which there was no room.
    lost: u64,
    /// The thread sleeps until it is called.
    asleep: bool,
    stop: bool,
}

/// Makes one [`Line`] an event. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct LineWriter(Arc<Shared>);

/// Writes what is still waiting when it is dropped.
#[derive(Debug)]
pub(super) struct LineGuard {
    shared: Arc<Shared>,
    /// Closed by the thread when it ends.
    ended: Receiver<()>,
}

/// One event's bytes; the formatter hands them over in a single call.
#[derive(Debug)]
pub(super) struct Line<'a>(&'a Shared);

pub(super) fn spawn(sink: impl Write + Send + 'static) -> io::Result<(LineWriter, LineGuard)> {
    let shared = Arc::new(Shared::default());
    let (ending, ended) = sync_channel(0);
    let of_thread = Arc::clone(&shared);
    std::thread::Builder::new().name("log".into()).spawn(move || {
        run(&of_thread, sink);
        drop(ending);
    })?;
    Ok((LineWriter(Arc::clone(&shared)), LineGuard { shared, ended }))
}

/// Errors are ignored: where log lines cannot be written there is nowhere to say so.
fn run(shared: &Shared, mut sink: impl Write) {
    let mut lines = Vec::new();
    loop {
        let mut waiting = shared.waiting.lock();
        while waiting.bytes.is_empty() && !waiting.stop {
            waiting.asleep = true;
            shared.call.wait(&mut waiting);
            waiting.asleep = false;
        }
        let (lost, stop) = (mem::take(&mut waiting.lost), waiting.stop);
        mem::swap(&mut waiting.bytes, &mut lines);
        drop(waiting);

        let _ = sink.write_all(&lines);
        if lost > 0 {
            let _ = writeln!(sink, "{{\"level\":\"WARN\",\"message\":\"log lines were lost\",\"lost\":{lost}}}");
        }
        let _ = sink.flush();
        if stop {
            return;
        }
        lines.clear();
        // A burst's memory is not kept.
        lines.shrink_to(ROOM / 16);
        let mut waiting = shared.waiting.lock();
        if !waiting.stop {
            shared.call.wait_for(&mut waiting, GATHER);
        }
    }
}

impl<'a> MakeWriter<'a> for LineWriter {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

impl LineWriter {
    /// Has these bytes, one line, written.
    pub(super) fn push(&self, line: &[u8]) {
        self.0.push(line);
    }
}

impl Shared {
    fn push(&self, bytes: &[u8]) {
        let mut waiting = self.waiting.lock();
        if waiting.bytes.len() + bytes.len() > ROOM {
            waiting.lost += 1;
        } else {
            waiting.bytes.extend_from_slice(bytes);
        }
        if waiting.asleep {
            // Once is enough, and it has not woken up before the next line.
            waiting.asleep = false;
            self.call.notify_one();
        }
    }
}

impl Write for Line<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.push(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for LineGuard {
    fn drop(&mut self) {
        self.shared.waiting.lock().stop = true;
        self.shared.call.notify_one();
        let _ = self.ended.recv_timeout(PATIENCE);
    }
}

#[cfg(test)]
mod tests {
    use super::{ROOM, spawn};
    use parking_lot::Mutex;
    use std::io::{self, Write};
    use std::sync::Arc;
    use std::sync::mpsc::{Receiver, Sender, channel};
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

    /// Tells when it is given something, and does not read before it is told to.
    struct Stuck(Sender<()>, Receiver<()>, Shared);

    impl Write for Stuck {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.0.send(());
            let _ = self.1.recv();
            self.2.write(bytes)
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
        let ((release, stuck), (given, begun)) = (channel(), channel());
        let (writer, guard) = spawn(Stuck(given, stuck, sink.clone())).unwrap();
        writer.make_writer().write_all(b"x\n").unwrap();
        begun.recv().unwrap();
        // The thread is busy with that line; what comes now waits until there is no room, and is then dropped.
        let room = ROOM / 2;
        for _ in 0..room + 50 {
            writer.make_writer().write_all(b"y\n").unwrap();
        }
        drop(release);
        drop(guard);
        let written = String::from_utf8(sink.0.lock().clone()).unwrap();
        assert_eq!(written.matches('y').count(), room);
        assert!(written.ends_with("\"lost\":50}\n"), "{}", written.get(written.len() - 100..).unwrap());
    }
}
