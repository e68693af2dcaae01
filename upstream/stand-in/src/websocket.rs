//! Websockets: the agent's one, and the silent ones on every other path.
//!
//! A minimal reading of RFC 6455 for a server: frames are echoed, nothing is assembled.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::{Buf, Bytes, BytesMut};
use http::{HeaderValue, Request, Response, StatusCode, header};
use hyper::body::Incoming;
use hyper::upgrade::Upgraded;
use hyper_util::rt::TokioIo;
use serde_json::json;
use sha1::{Digest, Sha1};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

use crate::call::Call;
use crate::control::{Control, Guard};
use crate::service::Context;
use crate::wire::ReplyBody;

const MAGIC: &str = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
/// Larger frames end the connection.
const FRAME_LIMIT: u64 = 16 * 1024 * 1024;
const TEXT: u8 = 1;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// What a websocket does once it is open.
enum Manner {
    /// Says nothing, reads on.
    Silent,
    /// Says why not and closes.
    Refuse(&'static str),
    /// Sends text frames back.
    Echo(Uuid),
}

/// Answers a request with an Upgrade header.
pub(crate) fn answer(context: &Context, request: &mut Request<Incoming>) -> Response<ReplyBody> {
    let is_websocket = request
        .headers()
        .get(header::UPGRADE)
        .is_some_and(|upgrade| upgrade.as_bytes().eq_ignore_ascii_case(b"websocket"));
    if !is_websocket {
        let mut refusal = Response::new(ReplyBody::full(Bytes::from_static(b"Bad Request")));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        let headers = refusal.headers_mut();
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
        return refusal;
    }
    let mut hash = Sha1::new();
    let key = request.headers().get(header::SEC_WEBSOCKET_KEY);
    hash.update(key.map_or(b"".as_slice(), HeaderValue::as_bytes));
    hash.update(MAGIC);
    let accept = STANDARD.encode(hash.finalize());
    let manner = manner(&context.control, request);
    let upgrade = hyper::upgrade::on(request);
    let guard = context.control.connection_guard();
    let (control, mut closing) = (context.control.clone(), context.closing.clone());
    tokio::spawn(async move {
        tokio::select! {
            _ = closing.changed() => {}
            upgraded = upgrade => match upgraded {
                Ok(upgraded) => {
                    tokio::select! {
                        _ = closing.changed() => {}
                        ended = run(upgraded, &control, manner) => {
                            if let Err(error) = ended {
                                tracing::debug!(%error, "websocket ended early");
                            }
                        }
                    }
                }
                Err(error) => tracing::debug!(%error, "upgrade failed"),
            },
        }
        drop::<Guard>(guard);
    });
    let mut response = Response::new(ReplyBody::full(Bytes::new()));
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    if let Ok(accept) = HeaderValue::try_from(accept) {
        headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    }
    response
}

fn manner(control: &Control, request: &Request<Incoming>) -> Manner {
    let call = Call::new(request.method().clone(), request.uri(), request.headers().clone());
    let segments: Vec<&str> = call.lower.iter().map(String::as_str).collect();
    let ["api", "agent-invocation", uuid] = segments.as_slice() else {
        return Manner::Silent;
    };
    let known = Uuid::parse_str(uuid).ok();
    let world = control.world();
    let invocation = world.invocations.iter().find(|invocation| Some(invocation.uuid) == known);
    match invocation {
        None => Manner::Refuse("Cannot read properties of null (reading 'workspace')"),
        Some(invocation) if invocation.closed => Manner::Refuse("This agent invocation is already closed"),
        Some(invocation) => Manner::Echo(invocation.uuid),
    }
}

async fn run(upgraded: Upgraded, control: &Control, manner: Manner) -> std::io::Result<()> {
    let mut socket = TokioIo::new(upgraded);
    match manner {
        Manner::Silent => {
            let mut discarded = [0; 4096];
            while socket.read(&mut discarded).await? > 0 {}
            Ok(())
        }
        Manner::Refuse(reason) => {
            let refusal = json!({ "type": "wssFailure", "content": reason }).to_string();
            let mut frames = encode(0x80 | TEXT, refusal.as_bytes());
            frames.extend_from_slice(&encode(0x80 | CLOSE, &[]));
            socket.write_all(&frames).await?;
            socket.shutdown().await
        }
        Manner::Echo(uuid) => {
            let result = echo(&mut socket).await;
            let mut world = control.world();
            for invocation in &mut world.invocations {
                invocation.closed |= invocation.uuid == uuid;
            }
            drop(world);
            control.touch();
            result
        }
    }
}

async fn echo(socket: &mut TokioIo<Upgraded>) -> std::io::Result<()> {
    let mut buffer = BytesMut::new();
    loop {
        while let Some((head, payload)) = decode(&mut buffer)? {
            match head & 0x0f {
                CLOSE => {
                    socket.write_all(&encode(0x80 | CLOSE, &payload)).await?;
                    return socket.shutdown().await;
                }
                PING => socket.write_all(&encode(0x80 | PONG, &payload)).await?,
                PONG => {}
                // The final bit and the opcode go back as they came, so fragments stay fragments.
                _ => socket.write_all(&encode(head, &payload)).await?,
            }
            if payload.windows(5).any(|word| word == b"/exit") {
                socket.write_all(&encode(0x80 | CLOSE, &[])).await?;
                return socket.shutdown().await;
            }
        }
        if socket.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
    }
}

/// An unmasked frame.
fn encode(head: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![head];
    match (u8::try_from(payload.len()), u16::try_from(payload.len())) {
        (Ok(length), _) if length < 126 => frame.push(length),
        (_, Ok(length)) => {
            frame.push(126);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            frame.push(127);
            frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// The first frame of the buffer, once it is complete: its head byte and its payload.
fn decode(buffer: &mut BytesMut) -> std::io::Result<Option<(u8, Vec<u8>)>> {
    let bytes: &[u8] = buffer;
    let (Some(&head), Some(&second)) = (bytes.first(), bytes.get(1)) else {
        return Ok(None);
    };
    let (length, mut offset) = match second & 0x7f {
        126 => match bytes.get(2..4) {
            Some(raw) => (u64::from(u16::from_be_bytes([raw[0], raw[1]])), 4),
            None => return Ok(None),
        },
        127 => match bytes.get(2..10).and_then(|raw| raw.try_into().ok()) {
            Some(raw) => (u64::from_be_bytes(raw), 10),
            None => return Ok(None),
        },
        short => (u64::from(short), 2),
    };
    if length > FRAME_LIMIT {
        return Err(std::io::Error::other("frame too large"));
    }
    let masked = second & 0x80 != 0;
    let mask = bytes.get(offset..offset + 4).map(<[u8]>::to_vec);
    if masked {
        offset += 4;
    }
    let length = usize::try_from(length).unwrap_or(usize::MAX);
    let Some(payload) = bytes.get(offset..offset + length) else {
        return Ok(None);
    };
    let mut payload = payload.to_vec();
    if let (true, Some(mask)) = (masked, mask) {
        for (place, byte) in payload.iter_mut().enumerate() {
            *byte ^= mask[place % 4];
        }
    }
    buffer.advance(offset + length);
    Ok(Some((head, payload)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masked_frame_is_read_once_it_is_complete() {
        let frame = [0x81, 0x82, 1, 2, 3, 4, b'h' ^ 1, b'i' ^ 2];
        let mut buffer = BytesMut::from(&frame[..7]);
        assert!(decode(&mut buffer).unwrap().is_none());
        buffer.extend_from_slice(&frame[7..]);
        assert_eq!(decode(&mut buffer).unwrap(), Some((0x81, b"hi".to_vec())));
        assert!(buffer.is_empty());
    }

    #[test]
    fn long_frames_are_read_as_they_are_written() {
        for length in [0, 125, 126, 65_535, 65_536] {
            let payload = vec![7; length];
            let mut buffer = BytesMut::from(encode(0x82, &payload).as_slice());
            assert_eq!(decode(&mut buffer).unwrap(), Some((0x82, payload)));
        }
    }
}
