// An answer while it is being written.
import { ProblemError, StreamCutError, VestibuleError } from "./problem.ts";
import type { ChatDelta, ChatDone, ChatRequest, ChatSources, ChatStart, Problem, Source, Usage } from "./schema.ts";
import { EventParser } from "./sse.ts";
import type { CallOptions, Request, Transport } from "./transport.ts";

/** An event of a streamed answer; with `kind` a delta is the model thinking aloud, and not the answer. */
export type ChatEvent =
    | ({ type: "start" } & ChatStart)
    | ({ type: "delta" } & ChatDelta)
    | ({ type: "sources" } & ChatSources)
    | ({ type: "done" } & ChatDone);

const KNOWN = new Set(["start", "delta", "sources", "done"]);

/** The events of one answer. Leaving the loop stops the answer at the gateway. */
export async function* stream(
    transport: Transport,
    request: Request,
    body: Omit<ChatRequest, "stream">,
    options: CallOptions = {},
): AsyncGenerator<ChatEvent, void, undefined> {
    const idle = transport.options.idleTimeout ?? 45_000;
    const { response, deadline } = await transport.send(
        { ...request, headers: { Accept: "text/event-stream" }, body: { ...body, stream: true } },
        options,
    );
    const reader = response.body?.getReader();
    try {
        if (!reader) throw new VestibuleError("The answer has no body.");
        const decoder = new TextDecoder();
        const parser = new EventParser();
        for (;;) {
            deadline.extend(idle);
            const { done, value } = await reader.read().catch((error: unknown) => {
                throw deadline.translate(error);
            });
            if (done) throw new StreamCutError("The stream ended before the answer did.");
            for (const { event, data } of parser.push(decoder.decode(value, { stream: true }))) {
                if (event === "error") throw new ProblemError(JSON.parse(data) as Problem);
                if (!KNOWN.has(event)) continue; // more kinds will come
                yield { type: event, ...JSON.parse(data) } as ChatEvent;
                if (event === "done") return;
            }
        }
    } finally {
        deadline.end();
        await reader?.cancel().catch(() => {});
    }
}

/** An answer that was streamed, as a whole. */
export interface StreamedAnswer {
    id: string;
    session_id: string;
    workspace: string;
    answer: string;
    refused: boolean;
    ai_generated: boolean;
    cached?: boolean;
    handover?: boolean;
    sources: Source[];
    usage: Usage;
}

/** Reads a stream to its end; `onText` is told the answer as far as it has come. */
export async function collect(
    events: AsyncIterable<ChatEvent>,
    onText?: (text: string) => void,
): Promise<StreamedAnswer> {
    const whole: Partial<StreamedAnswer> = { sources: [] };
    let answer = "";
    let last = "";
    for await (const { type, ...event } of events) {
        if (type === "delta") {
            const { text, kind } = event as { text: string; kind?: string };
            if (kind) continue;
            last = text;
            answer += text;
            onText?.(answer);
        } else Object.assign(whole, event);
    }
    // What was said before a refusal does not count: the last piece is the shop's own sentence.
    return { ...whole, answer: whole.refused ? last : answer } as StreamedAnswer;
}
