// One call of the gateway: a time limit, and failures of one type.
import { Failure, UNREACHABLE } from "./failure.ts";

/** For an answer, in milliseconds. */
const PATIENCE = 20_000;
/** For the beginning of one that a model writes: the gateway waits for it half a minute. */
const PATIENCE_WITH_MODELS = 45_000;

export interface Call {
    method?: string;
    body?: unknown;
    signal?: AbortSignal | undefined;
    /** The answer is read as it comes: whoever reads it has patience of their own. */
    stream?: boolean;
}

export async function call(url: string, credential: string, { method, body, signal, stream }: Call): Promise<Response> {
    const control = new AbortController();
    const abort = () => control.abort();
    signal?.addEventListener("abort", abort);
    const late = setTimeout(abort, stream ? PATIENCE_WITH_MODELS : PATIENCE);
    try {
        if (signal?.aborted) abort();
        const answer = await fetch(url, {
            method: method ?? (body === undefined ? "GET" : "POST"),
            headers: {
                Authorization: `Bearer ${credential}`,
                ...(body === undefined ? {} : { "Content-Type": "application/json" }),
            },
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
            signal: control.signal,
            credentials: "omit",
            referrerPolicy: "strict-origin-when-cross-origin",
        });
        if (!answer.ok) throw await Failure.of(answer);
        // Read here, within the time limit, so that what is left to the caller cannot hang.
        return stream
            ? answer
            : new Response(answer.status === 204 ? null : await answer.text(), { status: answer.status });
    } catch (error) {
        if (error instanceof Failure) throw error;
        throw new Failure(signal?.aborted ? "aborted" : UNREACHABLE);
    } finally {
        clearTimeout(late);
        if (!stream) signal?.removeEventListener("abort", abort);
    }
}
