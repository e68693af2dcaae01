// The client of Vestibule. It needs `fetch`, streams and `crypto`, as Node 20, browsers and workers have them, and
// nothing else.
export { type Vestibule, type VestibuleOptions, login, responseOf, vestibule } from "./client.ts";
export { type ChatEvent, type StreamedAnswer, collect } from "./chat.ts";
export { type Credential, Key, type TokenStore, UserSession, Visitor, type VisitorOptions } from "./credentials.ts";
export { each } from "./paging.ts";
export { ConnectionError, ProblemError, StreamCutError, TimeoutError, VestibuleError, isProblem } from "./problem.ts";
export { EventParser, type ServerSentEvent } from "./sse.ts";
export type { Api } from "./api.ts";
export type { CallOptions, TransportOptions } from "./transport.ts";
export type * from "./schema.ts";
