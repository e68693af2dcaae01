// The number whose hash the challenge names (ALTCHA, version 1 of its protocol).
import type { Challenge } from "./wire.ts";

/** As many hashes at once: one alone costs mostly the way to the browser's cryptography and back. */
const BATCH = 256;

export async function search({ algorithm, challenge, salt, maxnumber }: Challenge): Promise<number> {
    const encoder = new TextEncoder();
    const wanted = Uint8Array.from(challenge.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const matches = async (number: number) => {
        const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
        return hash.length === wanted.length && hash.every((byte, place) => byte === wanted[place]);
    };
    for (let from = 0; from <= maxnumber; from += BATCH) {
        const numbers = Array.from({ length: Math.min(BATCH, maxnumber - from + 1) }, (_, place) => from + place);
        const place = (await Promise.all(numbers.map(matches))).indexOf(true);
        if (place >= 0) return from + place;
    }
    throw new Error("no number solves the challenge");
}
