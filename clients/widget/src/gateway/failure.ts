// Why something did not work, in one type.
import type { ProblemDocument } from "./wire.ts";

/** No answer came, or it broke off; the codes of the gateway are its own (docs/api/errors.md). */
export const UNREACHABLE = "unreachable";
export const CUT = "cut";

export class Failure extends Error {
    readonly code: string;
    readonly status: number;
    /** Seconds. */
    readonly retryAfter: number | null;
    readonly fields: readonly string[];

    constructor(code: string, status = 0, problem?: ProblemDocument) {
        super(problem?.detail ?? code);
        this.code = code;
        this.status = status;
        this.retryAfter = problem?.retry_after ?? null;
        this.fields = problem?.errors?.map((error) => error.field) ?? [];
    }

    /** Of an answer that is no success. Proxies on the way answer without a problem document. */
    static async of(answer: Response): Promise<Failure> {
        const problem = (await answer.json().catch(() => null)) as ProblemDocument | null;
        const code = typeof problem?.code === "string" ? problem.code : "upstream_error";
        return new Failure(code, answer.status, problem ?? undefined);
    }

    static from(cause: unknown): Failure {
        return cause instanceof Failure ? cause : new Failure(UNREACHABLE);
    }
}
