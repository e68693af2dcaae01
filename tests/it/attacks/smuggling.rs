//! Request smuggling: one request for whoever stands in front, two for us, or the other way round. The second request
//! of each is `GET /smuggled`, which would show as a further answer.

use super::{Attack, How, raw, shot};
use How::{Everywhere, Sent};

pub(super) const ATTACKS: &[Attack] = &[
    Attack {
        name: "length and chunks (CL.TE, TE.CL)",
        does: "`Content-Length` and `Transfer-Encoding` in one head, in both orders and in odd spellings",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 4\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nCoNtEnT-LeNgTh: 4\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "two lengths",
        does: "different ones, the same one twice, a list of them",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 60\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\ncontent-length: 2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2, 60\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2, 2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a length that is no number",
        does: "signs, hexadecimal, blanks within, beyond 64 bits, nothing",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: +2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: -2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 0x2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2 0\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 2.0\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: 99999999999999999999999\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length:\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ncontent-length: \"2\"\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a coding that one of two understands (TE.TE)",
        does: "`chunked` twice, in a list, misspelt, quoted, behind control characters, in another coding",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: xchunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: \"chunked\"\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: <vt>chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked;x=y\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding:\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a framing header that only one of two sees",
        does: "a blank before the colon, a folded line, a bare line feed or carriage return, a NUL, a blank in front",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nx: y\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nx: y\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nx: y\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nx: y<nul>\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\n host: a\r\ncontent-length: 2\r\n\r\n{}GET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw("POST /api/v1/chat HTTP/1.1\nhost: a\ncontent-length: 2\n\n{}GET /smuggled HTTP/1.1\nhost: a\n\n"),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\ntransfer\u{ad}-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "malformed chunks",
        does: "sizes with signs, prefixes or overflow, line ends that are not whole; the connection ends, the second request is never read",
        how: Sent(&[
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n-2\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\n{}\n0\n\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2\r\n{}XX0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
            ),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a chunk extension or trailer that carries a header",
        does: "a key and a length behind the body, where they must not count",
        how: Sent(&[
            raw(
                "GET /api/v1/messages?session_id=x HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n0\r\nauthorization: Bearer <sk>\r\n\r\n",
            ),
            raw(
                "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n2;authorization=\"Bearer <sk>\"\r\n{}\r\n0\r\n\r\n",
            ),
        ]),
        expected: "401 unauthenticated -> nothing",
    },
    Attack {
        name: "chunks over HTTP/1.0",
        does: "a version that has none, with a body that one of two reads to its end",
        how: Sent(&[raw(
            "POST /api/v1/chat HTTP/1.0\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\n",
        )]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a body where none belongs",
        does: "a `GET` whose body is a request: this endpoint takes no body. A small one is read and dropped, as clients send \
               `{}` with every method",
        how: Everywhere(&[
            raw(
                "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 37\r\n\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\nxx",
            ),
            raw(
                "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n25\r\nGET /smuggled HTTP/1.1\r\nhost: a\r\n\r\nxx\r\n0\r\n\r\n",
            ),
            shot("GET /healthz", &[], "{}"),
        ]),
        expected: "200 -> nothing",
    },
    Attack {
        name: "a larger body where none belongs",
        does: "more than is dropped",
        how: Sent(&[
            shot("GET /healthz", &[], "<x5000>"),
            shot("DELETE /api/v1/messages?session_id=x", &["authorization: Bearer <sk>"], "<x5000>"),
            raw(
                "GET /healthz HTTP/1.1\r\nhost: a\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n1388\r\n<x5000>\r\n0\r\n\r\n",
            ),
        ]),
        expected: "413 body_too_large -> nothing",
    },
    Attack {
        name: "a body longer than its length",
        does: "what is left over would be a request of its own; the connection ends instead",
        how: Sent(&[raw(
            "POST /api/v1/knowledge/query HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <pk>\r\norigin: https://evil.example\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}GET /api/v1/workspaces HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        )]),
        expected: "403 forbidden_origin -> nothing",
    },
    Attack {
        name: "a head that is no head",
        does: "no version, a wrong one, three words too many, TLS, HTTP/2's preface cut short, another protocol",
        how: Sent(&[
            raw("GET /healthz\r\n\r\n"),
            raw("GET /healthz HTTP/9.9\r\nhost: a\r\n\r\n"),
            raw("GET /healthz x HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("GET  /healthz HTTP/1.1\r\nhost: a\r\n\r\n"),
            raw("SSH-2.0-OpenSSH_9.6\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\nhost a\r\n\r\n"),
            raw("GET /healthz HTTP/1.1\r\n: a\r\nhost: a\r\n\r\n"),
        ]),
        expected: "400 bad_request -> nothing",
    },
    Attack {
        name: "a head without end",
        does: "a header of 20,000 bytes twice over",
        how: Sent(&[raw("GET /healthz HTTP/1.1\r\nhost: a\r\nx: <x20000>\r\ny: <x20000>\r\n\r\n")]),
        expected: "431 headers_too_large -> nothing",
    },
    Attack {
        name: "a head that is never finished",
        does: "a connection is held with half a head",
        how: Sent(&[raw("GET /healthz HTTP/1.1\r\nhost: a\r\nx: ")]),
        expected: "408 request_timeout -> nothing",
    },
    Attack {
        name: "a body that is never finished",
        does: "a connection is held with half a body",
        how: Sent(&[raw(
            "POST /api/v1/chat HTTP/1.1\r\nhost: a\r\nauthorization: Bearer <sk>\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{",
        )]),
        expected: "408 request_timeout -> nothing",
    },
];
