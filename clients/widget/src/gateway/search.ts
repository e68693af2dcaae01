// The number whose hash the challenge names (ALTCHA, version 1 of its protocol).
import type { Challenge } from "./wire.ts";

/** Uses nothing from outside itself: a worker is given its text. */
export async function search({ algorithm, challenge, salt, maxnumber }: Challenge): Promise<number> {
    // As many hashes at once: one alone costs mostly the way to the browser's cryptography and back.
    const batch = 256;
    const encoder = new TextEncoder();
    const wanted = Uint8Array.from(challenge.match(/../g) ?? [], (byte) => parseInt(byte, 16));
    const matches = async (number: number) => {
        const hash = new Uint8Array(await crypto.subtle.digest(algorithm, encoder.encode(salt + number)));
        return hash.length === wanted.length && hash.every((byte, place) => byte === wanted[place]);
    };
    for (let from = 0; from <= maxnumber; from += batch) {
        const numbers = Array.from({ length: Math.min(batch, maxnumber - from + 1) }, (_, place) => from + place);
        const place = (await Promise.all(numbers.map(matches))).indexOf(true);
        if (place >= 0) return from + place;
    }
    throw new Error("no number solves the challenge");
}
