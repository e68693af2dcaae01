// What can go wrong. An abort is not among it: it throws the signal's own reason, as `fetch` does.
import type { ErrorCode, Problem, ProblemField } from "./schema.ts";

/** Everything that this client throws by itself. */
export class VestibuleError extends Error {
    override name = "VestibuleError";
}

/** The gateway was not reached, or the connection broke. */
export class ConnectionError extends VestibuleError {
    override name = "ConnectionError";
}

/** The gateway took longer than `timeout`, or a stream was silent for longer than `idleTimeout`. */
export class TimeoutError extends ConnectionError {
    override name = "TimeoutError";
}

/** A stream ended with neither `done` nor `error`: what was said is incomplete. */
export class StreamCutError extends ConnectionError {
    override name = "StreamCutError";
}

/** The gateway refused, and said why: a problem document (RFC 9457). */
export class ProblemError extends VestibuleError {
    override name = "ProblemError";
    /** All that the gateway said. */
    readonly problem: Problem;
    /** Stable; what programs should look at. */
    readonly code: ErrorCode | (string & {});
    readonly status: number;
    readonly requestId: string;
    /** 422: the broken rules. */
    readonly errors: readonly ProblemField[];
    /** Seconds after which to try again. */
    readonly retryAfter: number | undefined;
    /** 429: the limits that refused. */
    readonly violatedPolicies: readonly string[];

    constructor(problem: Problem) {
        super(`${problem.code}: ${problem.detail || problem.title}`);
        this.problem = problem;
        this.code = problem.code;
        this.status = problem.status;
        this.requestId = problem.request_id;
        this.errors = problem.errors ?? [];
        this.retryAfter = problem.retry_after;
        this.violatedPolicies = problem.violated_policies ?? [];
    }
}

/** Whether an error is a refusal, and one of these. */
export function isProblem(error: unknown, ...codes: ErrorCode[]): error is ProblemError {
    return error instanceof ProblemError && (!codes.length || (codes as string[]).includes(error.code));
}

/** From an answer that is not a success. Something between may have made it: then its status is all that is known. */
export async function problemOf(response: Response): Promise<ProblemError> {
    const said: unknown = await response.json().catch(() => null);
    const header = Number(response.headers.get("Retry-After") ?? NaN);
    const known: Partial<Problem> = said && typeof said === "object" && "code" in said ? (said as Problem) : {};
    return new ProblemError({
        type: "about:blank",
        title: response.statusText || `HTTP ${response.status}`,
        detail: "The answer is not a problem document: something between made it.",
        instance: "",
        code: response.status === 429 ? "rate_limited" : response.status < 500 ? "bad_request" : "service_unavailable",
        request_id: response.headers.get("X-Request-Id") ?? "",
        ...(Number.isFinite(header) ? { retry_after: header } : {}),
        ...known,
        status: response.status,
    });
}
